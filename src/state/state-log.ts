import { GatewayError } from '../errors/gateway-error.ts'

export type Appended =
  | { status: 'written'; offset: number }
  | { status: 'failed'; reason: string }
  | { status: 'unknown'; reason: string }

/** A log that all replicas append to, and all read in the same order. Deadlines are by `Date.now()`. */
export interface StateLog {
  /** Reads it from where it may matter, and on. Rejects with a GatewayError where it cannot be used now. */
  open(deadline: number): Promise<void>
  /**
   * Rejects with a GatewayError where nothing was appended.
   * @param value null: whatever the log has of the key may go
   */
  append(key: string, value: string | null, deadline: number): Promise<Appended>
  /** True once everything up to what was appended at the offset has been read; false at the deadline. */
  readBack(offset: number, deadline: number): Promise<boolean>
}

/** One that is read whole, and of each key keeps the last value. */
export interface WholeStateLog extends StateLog {
  /** True once all that was there when it was opened has been read; false at the deadline. */
  readWhole(deadline: number): Promise<boolean>
}

/** What a caller is told where Kafka has not taken a record. */
export interface NotAppended {
  failed: (reason: string) => string
  /** It may have been taken. */
  unknown: string
}

/** Resolves when this replica has read what it appended to a log that is open. Rejects with a GatewayError. */
export async function appendAndReadBack(
  log: Pick<StateLog, 'append' | 'readBack'>,
  { key, value, deadline }: { key: string; value: string | null; deadline: number },
  { failed, unknown }: NotAppended,
): Promise<void> {
  const appended = await log.append(key, value, deadline)
  if (appended.status === 'failed') throw logUnavailable(failed(appended.reason))
  if (appended.status === 'unknown' || !(await log.readBack(appended.offset, deadline))) {
    throw new GatewayError('kafka-unavailable', unknown, { retryAfterSeconds: 1, mayBeDone: true })
  }
}

/** GatewayError `kafka-unavailable`, to try again soon. */
export function logUnavailable(detail: string): GatewayError {
  return new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1 })
}
