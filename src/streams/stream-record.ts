import type { StoredRecord } from '../kafka/record.ts'
import type { Event } from '../reading/event.ts'
import type { OpenRecord, ReadOptions } from '../reading/event-decoder.ts'

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
const last: { record: StoredRecord | undefined; events: Map<string, Event> } = {
  record: undefined,
  events: new Map(),
}

function lastDecoded(record: StoredRecord, decode: OpenRecord, options: ReadOptions): Event {
  if (last.record !== record) {
    last.record = record
    last.events.clear()
  }
  const form = `${options.longs} ${scopesOn(record.topic, options)}`
  const event = last.events.get(form) ?? decode(options)
  last.events.set(form, event)
  return event
}

/** By which the reader may see everything of the topic. */
function scopesOn(topic: string, { unmasked }: ReadOptions): string {
  if (unmasked.size === 0) return ''
  return [...unmasked].filter((scope) => scope.endsWith(`:${topic}`)).join(' ')
}
