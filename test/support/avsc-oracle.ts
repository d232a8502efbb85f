import avsc from 'avsc'
import type { JsonValue } from '../../src/json/json-value.ts'

const longType = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one === other ? 0 : one < other ? -1 : 1),
})

/** The type as a foreign implementation of Avro has it: longs are bigint, unions are wrapped, logical types are not known. */
export function avscType(schema: JsonValue): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { typeHook: longHook, wrapUnions: 'always' })
}

export function longHook(schema: avsc.Schema): avsc.Type | undefined {
  return schema === 'long' || (schema as { type?: unknown }).type === 'long' ? longType : undefined
}
