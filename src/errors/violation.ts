/** Of one event, so many are listed. One more is looked for, so that it can be said that there are more. */
export const mostViolations = 100

/** Every way in which one event can break its contract. Clients may branch on these: add, never rename. */
export type ViolationCode =
  | 'type-mismatch'
  | 'missing-field'
  | 'unknown-field'
  | 'out-of-range'
  | 'not-exact'
  | 'unknown-symbol'
  | 'invalid-format'
  | 'wrong-size'
  | 'no-union-branch'
  | 'ambiguous-union'
  | 'event-too-large'
  | 'key-missing'
  | 'key-mismatch'
  | 'key-not-allowed'
  | 'key-too-large'
  | 'headers-too-large'
  | 'reserved-header'
  | 'tombstone-not-allowed'
  | 'unknown-partition'
  | 'malformed-json'
  | 'invalid-envelope'

/** One fault of one event. */
export interface Violation {
  /** RFC 6901 JSON Pointer into the event's value, or into the envelope's member (`/key`, `/headers`, `/partition`) where `in` says so. */
  pointer: string
  /** The part of the event that the pointer points into. Absent: the value. */
  in?: 'key' | 'headers' | 'partition' | 'envelope'
  code: ViolationCode
  message: string
  expected: string
  /** The JSON type that was found and at most 40 characters of it; never more of what a caller sent. */
  found: string
  suggestion?: string
}
