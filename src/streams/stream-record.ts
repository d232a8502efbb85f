import type { StoredRecord } from '../kafka/record.ts'
import type { OpenRecord } from '../reading/event-decoder.ts'

/** A record that can be read in any form without waiting. */
export interface StreamRecord {
  readonly record: StoredRecord
  readonly eventAs: OpenRecord
  /** What it counts for against limits in bytes. */
  readonly bytes: number
  /** Grows from record to record, over all topics of the worker. */
  readonly sequence: number
}

/** What is held for a record beside its bytes, about. */
const overheadBytes = 512

export const streamRecord = (record: StoredRecord, eventAs: OpenRecord, sequence: number): StreamRecord => ({
  record,
  eventAs,
  bytes: overheadBytes + record.bytes,
  sequence,
})
