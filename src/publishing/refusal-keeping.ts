import type { Contract } from '../contracts/contract.ts'
import type { Violation } from '../errors/violation.ts'
import type { AuditedCaller } from '../observability/audit.ts'
import type { SchemaRef } from '../schemas/event-codec.ts'
import type { EventIn } from './event-in.ts'

/** How an event came in. */
export type WayIn = 'event' | 'batch' | 'lines' | 'cloudevents' | 'websocket'

/** Which request it came with. */
export interface RefusalSource {
  who: AuditedCaller
  /** The caller's address; null once the connection is gone. */
  from: string | null
  requestId: string
  way: WayIn
}

/** Where the events of a request come from. Both are asked of events that are refused and kept only. */
export interface EventOrigin {
  source: () => RefusalSource
  /** The JSON text of the value of an event, as it came. */
  textOf: (index: number) => string | undefined
}

/** A refused event whose contract says to keep it. */
export interface RefusedEvent {
  event: EventIn
  /** The JSON text of its value, as it came. */
  text: string
  violations: readonly Violation[]
  /** By which it was judged; null in a schemaless topic, and for a tombstone. */
  schema: SchemaRef | null
  contract: Contract
  source: RefusalSource
  /** Whose share of the room it takes. */
  caller: string
}

/** Whether a refused event is kept, by which id, or why not. */
export type Kept = { kept: string } | { kept: null; notKept: string }

/** Keeps refused events. Never rejects. */
export type KeepRefusal = (refused: RefusedEvent, limitMs: number) => Promise<Kept>

/** What an outcome says of an event that is none, or too large to be kept. */
export const notAnEvent: Kept = {
  kept: null,
  notKept: 'What was sent cannot be read as an event, or is larger than one may be.',
}

export const notConfirmed: Kept = {
  kept: null,
  notKept: 'Kafka has not confirmed it in time. It may be kept all the same.',
}
