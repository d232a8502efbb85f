import type { SchemaNode } from '../../src/schemas/avro/schema-node.ts'
import { branchName } from '../../src/schemas/avro/schema-node.ts'

/** What `avscType` reads, as the clients of other languages show it: test/clients/README.md. */
export function avscText(node: SchemaNode, value: unknown): unknown {
  const logical = 'logical' in node ? node.logical : undefined
  if (logical?.name === 'date') return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)
  if (logical?.name === 'timestamp-millis') return new Date(Number(value)).toISOString()
  if (logical?.name === 'decimal') return decimalText(value as Buffer, logical.scale)
  switch (node.kind) {
    case 'int':
    case 'long':
      return String(value)
    case 'double':
      return doubleText(value as number)
    case 'array':
      return (value as unknown[]).map((item) => avscText(node.items, item))
    case 'map':
      return mapped(value as object, () => node.values)
    case 'record':
      return Object.fromEntries(
        node.fields.map(({ name, type }) => [name, avscText(type, (value as Record<string, unknown>)[name])]),
      )
    case 'union':
      return value && mapped(value, (name) => node.branches.find((branch) => branchName(branch) === name) as SchemaNode)
    default:
      return value
  }
}

function mapped(value: object, typeOf: (name: string) => SchemaNode): object {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, avscText(typeOf(name), member)]))
}

function doubleText(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}

function decimalText(bytes: Buffer, scale: number): string {
  const unscaled = BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
