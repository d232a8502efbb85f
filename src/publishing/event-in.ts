import type { ByteText } from '../json/byte-text.ts'
import type { JsonValue } from '../json/json-value.ts'

/** An event as a caller gives it, whatever way it came in. */
export interface EventIn {
  /** Natural JSON; `null` is a tombstone. */
  value: JsonValue
  /** `""` is an empty key; absent or `null` is none. */
  key?: ByteText | null
  /** A repeated name has an array. */
  headers?: Readonly<Record<string, ByteText | readonly ByteText[]>>
  /** The media type of the value as it came, where the record's header `content-type` shall tell it. Avro has its own. */
  contentType?: string
  /** Milliseconds since 1970. */
  timestamp?: number
  partition?: number
}
