import type { Deprecation } from '../contracts/deprecation.ts'
import type { ProblemCode } from '../errors/problems.ts'
import { mostViolations, type Violation } from '../errors/violation.ts'
import type { ByteText } from '../json/byte-text.ts'
import type { SchemaRef } from '../schemas/event-codec.ts'

/** What became of one event. */
export type Outcome =
  | { outcome: 'published'; partition: number; offset: number; timestamp: string }
  | ({ outcome: 'refused' } & Refusal & Keeping)
  | { outcome: 'withheld' }
  | { outcome: 'failed'; code: ProblemCode; detail: string; retryable: boolean }
  | { outcome: 'unknown'; code: 'outcome-unknown'; detail: string; retryable: false }

/** Why an event is refused. `detail` only where there are more violations than are listed. */
export interface Refusal {
  violations: readonly Violation[]
  detail?: string
}

/** Whether it is kept, where its contract says so. */
export interface Keeping {
  /** By which id; null where it could not be. */
  kept?: string | null
  /** Why it could not be. */
  notKept?: string
}

export type OutcomeName = Outcome['outcome']

export interface Published {
  /** Null in a schemaless topic. */
  schema: SchemaRef | null
  /** In the order of the events. */
  outcomes: readonly Outcome[]
  /** What the contract says against publishing like this. */
  deprecation: Deprecation | undefined
}

export interface Judgements {
  /** In the order of the events. */
  judgements: readonly Judgement[]
  deprecation: Deprecation | undefined
}

/** What would become of one event. */
export interface Judgement {
  outcome: 'valid' | 'refused'
  key: ByteText | null
  encodedBytes: number | null
  schema: SchemaRef | null
  violations?: readonly Violation[]
  detail?: string
}

export function refusalOf(violations: readonly Violation[]): Refusal {
  if (violations.length <= mostViolations) return { violations }
  const detail = `The event breaks its contract in more than ${mostViolations} places; the first ${mostViolations} are listed.`
  return { violations: violations.slice(0, mostViolations), detail }
}

/** The one outcome that all events share, or `mixed`. */
export function commonOutcome(outcomes: readonly Outcome[]): OutcomeName | 'mixed' {
  const first = outcomes[0]?.outcome ?? 'mixed'
  return outcomes.every(({ outcome }) => outcome === first) ? first : 'mixed'
}
