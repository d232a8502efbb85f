import { parseJson } from '../../../../src/json/parse-json.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'
import type { DecodeOptions } from '../../../../src/schemas/event-codec.ts'

/** What becomes of JSON text under a schema: the canonical JSON text that is read back, or `pointer code` of each violation. */
export function roundTrip(schema: unknown, json: string, longs: DecodeOptions['longs'] = 'number'): string | string[] {
  const codec = compileAvro(typeof schema === 'string' && schema.startsWith('{') ? schema : JSON.stringify(schema))
  const sink = new ByteSink(1)
  const violations = codec.encode(parseJson(Buffer.from(json), 64), sink)
  if (violations.length > 0) return violations.map(({ pointer, code }) => `${pointer} ${code}`)
  return JSON.stringify(codec.decode(sink.slice(0, sink.length), 0, { longs }))
}

export const logical = (type: string, logicalType: string, more: object = {}): object => ({
  type,
  logicalType,
  ...more,
})

export const record = (name: string, ...fields: object[]): object => ({ type: 'record', name, fields })
