// Confluent's wire format: a zero byte, then the schema id in four bytes, big-endian; the datum follows.
const magicByte = 0
export const wirePrefixBytes = 5

export function wirePrefix(schemaId: number): Buffer {
  const prefix = Buffer.alloc(wirePrefixBytes, magicByte)
  prefix.writeUInt32BE(schemaId, 1)
  return prefix
}

/** How a record names the schema of its value, and where in the value the datum starts. */
export type SchemaMark = { id: number; start: number } | { guid: string; start: number }

export const schemaIdHeader = '__value_schema_id'
const guidMarkBytes = 17

/** Undefined where neither the header nor the value's first bytes name a schema. */
export function schemaMarkOf(value: Buffer, header: Buffer | undefined): SchemaMark | undefined {
  if (header?.length === guidMarkBytes && header[0] === 1) return { guid: formatGuid(header.subarray(1)), start: 0 }
  if (header?.length === wirePrefixBytes && header[0] === magicByte) return { id: header.readUInt32BE(1), start: 0 }
  if (value.length >= wirePrefixBytes && value[0] === magicByte)
    return { id: value.readUInt32BE(1), start: wirePrefixBytes }
  return undefined
}

function formatGuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
