import type { Violation } from '../errors/violation.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { SchemaNode } from './avro/schema-node.ts'
import type { ByteSink } from './byte-sink.ts'

/** How one schema's events are written and read. Compiled once a schema, used for every event. */
export interface EventCodec<Sink = ByteSink> {
  /** What the schema says. */
  readonly type: SchemaNode
  /**
   * Appends the schema's encoding of a natural JSON value. Where violations come back, what was appended is to be
   * cut off by the caller. They are all there are, or, where there are more than are listed, one more than those.
   */
  encode(value: JsonValue, sink: Sink): readonly Violation[]
  /** The natural JSON of bytes[start…end]. Throws a DecodeError where the bytes are not of this schema. */
  decode(bytes: Buffer, start: number, options: DecodeOptions): JsonValue
}

export interface DecodeOptions {
  /** How 64-bit integers come out: as JSON numbers of all their digits, or as strings for readers with doubles only. */
  longs: 'number' | 'string'
}

/** The schema that an event was judged against. */
export interface SchemaRef {
  subject: string
  version: number
  id: number
}
