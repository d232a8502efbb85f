import { parseTime } from '../json/time.ts'
import { queryFault } from './query-fault.ts'

/** Where a reader without a cursor begins. */
export type StartPosition =
  | { at: 'earliest' }
  | { at: 'latest' }
  /** So many events before the end, in each partition. */
  | { at: 'before-end'; events: number }
  | { at: 'time'; timestampMs: number }

/** Reads the parameter `from`. Throws GatewayError `invalid-parameter`. */
export function parseStartPosition(from: string): StartPosition {
  if (from === 'earliest' || from === 'latest') return { at: from }
  if (/^-\d{1,15}$/.test(from)) return { at: 'before-end', events: Number(from.slice(1)) }
  const timestampMs = parseTime(from)
  if (timestampMs !== undefined) return { at: 'time', timestampMs }
  throw queryFault(
    'from',
    'must be earliest, latest, a count such as -10, or an RFC 3339 time such as 2026-03-01T09:30:00Z',
  )
}
