import avsc from 'avsc'

const dayMs = 86_400_000

/** Logical types as users of avsc write them: text becomes what Avro stores, and nothing is judged. */
class Timestamp extends avsc.types.LogicalType {
  override _toValue(value: string | number): number {
    return typeof value === 'string' ? Date.parse(value) : value
  }
  override _fromValue(units: number): string {
    return new Date(units).toISOString()
  }
}

class Day extends avsc.types.LogicalType {
  override _toValue(text: string): number {
    return Date.parse(text) / dayMs
  }
  override _fromValue(days: number): string {
    return new Date(days * dayMs).toISOString().slice(0, 10)
  }
}

/** Of amounts that are not negative, written with two decimal places. */
class Amount extends avsc.types.LogicalType {
  override _toValue(text: string): Buffer {
    const digits = BigInt(text.replace('.', '')).toString(16)
    return Buffer.from(digits.padStart(2 * (Math.floor(digits.length / 2) + 1), '0'), 'hex')
  }
  override _fromValue(bytes: Buffer): string {
    const digits = BigInt(`0x${bytes.toString('hex')}`)
      .toString()
      .padStart(3, '0')
    return `${digits.slice(0, -2)}.${digits.slice(-2)}`
  }
}

export function plainAvscType(schema: string): avsc.Type {
  const logicalTypes = { 'timestamp-millis': Timestamp, date: Day, decimal: Amount }
  return avsc.Type.forSchema(JSON.parse(schema), { logicalTypes })
}
