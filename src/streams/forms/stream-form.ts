export type MessageKind = 'event' | 'tombstone' | 'undecodable' | 'gap' | 'challenge' | 'closing'

/** How a stream is written on its connection. */
export interface StreamForm {
  readonly name: 'event-stream' | 'ndjson' | 'web-socket'
  /** @param json the content, as JSON text */
  message(kind: MessageKind, json: string, cursor: string): Buffer
  /** Nothing but the cursor. */
  heartbeat(cursor: string): Buffer
}
