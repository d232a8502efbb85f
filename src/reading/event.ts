import type { ByteText } from '../json/byte-text.ts'
import type { JsonValue } from '../json/json-value.ts'

/** An event as it is read, everywhere. It has a value, or an error in its place. */
export interface Event {
  topic: string
  partition: number
  offset: number
  timestamp: string | null
  key: ByteText | null
  headers: Record<string, ByteText | null | (ByteText | null)[]>
  value?: JsonValue
  schema: EventSchema | null
  error?: EventError
  /** Pointers into this event to what is not shown as it is. Absent where all of it is. */
  masked?: string[]
}

/** Subject and version are null where the registry does not list the id under the contract's subject. */
export interface EventSchema {
  subject: string | null
  version: number | null
  id: number
}

export interface EventError {
  code: 'undecodable' | 'schema-unknown'
  detail: string
}
