import type { StoredRecord } from '../kafka/record.ts'
import type { Event } from '../reading/event.ts'
import type { OpenRecord } from '../reading/event-decoder.ts'
import type { DecodeOptions } from '../schemas/event-codec.ts'

/** A record that can be read in any form without waiting. */
export interface StreamRecord {
  readonly record: StoredRecord
  /** Decodes a record once, as long as no other one is asked for. */
  readonly eventAs: OpenRecord
  /** What it counts for against limits in bytes. */
  readonly bytes: number
  /** Grows from record to record, over all topics of the worker. */
  readonly sequence: number
}

/** What is held for a record beside its bytes, about. */
const overheadBytes = 512

export const streamRecord = (record: StoredRecord, decode: OpenRecord, sequence: number): StreamRecord => ({
  record,
  eventAs: (options) => lastDecoded(record, decode, options),
  bytes: overheadBytes + record.bytes,
  sequence,
})

// Records are shown to all readers one after the other: to keep the event of each in the rings would multiply their memory.
const last: { record: StoredRecord | undefined; events: Map<DecodeOptions['longs'], Event> } = {
  record: undefined,
  events: new Map(),
}

function lastDecoded(record: StoredRecord, decode: OpenRecord, options: DecodeOptions): Event {
  if (last.record !== record) {
    last.record = record
    last.events.clear()
  }
  const event = last.events.get(options.longs) ?? decode(options)
  last.events.set(options.longs, event)
  return event
}
