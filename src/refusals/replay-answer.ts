import { GatewayError } from '../errors/gateway-error.ts'
import type { ProblemCode } from '../errors/problems.ts'
import type { Violation } from '../errors/violation.ts'
import type { LogPosition } from './refusal-cursors.ts'

/** What became of one refusal that was to be replayed. */
export type ReplayOutcome =
  | { id: string; outcome: 'replayed'; partition: number; offset: number; timestamp: string }
  | { id: string; outcome: 'valid' }
  | { id: string; outcome: 'refused'; violations: Violation[] }
  | { id: string; outcome: 'unpatched'; detail: string }
  | { id: string; outcome: 'failed'; code: ProblemCode; detail: string }
  /** Kafka has not said; it is open or replayed, and a replay of it tells. */
  | { id: string; outcome: 'unknown'; detail: string }

export interface ReplayedMany {
  outcomes: ReplayOutcome[]
  /** Where to go on. */
  next: LogPosition | undefined
  atEnd: boolean
  /** Why it ended before it was through. */
  stopped: { code: ProblemCode; detail: string } | undefined
}

/** For a replay that ended before anything came of it. */
export const stoppedProblem = ({ code, detail }: NonNullable<ReplayedMany['stopped']>): GatewayError =>
  new GatewayError(code, detail, { retryAfterSeconds: 1 })
