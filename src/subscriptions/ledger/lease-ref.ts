import type { EventState, TokenAnswer } from './event-states.ts'

/** What a lease token says of the event in its partition. */
export interface LeaseRef {
  offset: number
  /** The run of the ledger in which it was leased. */
  run: number
  /** The number of the lease. */
  lease: number
  /** The one of this lease included. */
  deliveries: number
  /** When the lease ends, in milliseconds since the epoch. */
  until: number
}

/** How the event stands to which a token belongs. */
export interface Standing {
  run: number
  state: EventState
  /** The number of its lease, where it is leased. */
  lease: number | null
  deliveries: number
}

/**
 * Why the token is good for nothing, or null where it is good. While the event is leased, by the ledger's own time, only the token of that
 * lease is, also where a renewal has given another one. Otherwise one that was given before, here or by another replica, is good for as
 * long as it says, unless the event was given again since.
 */
export function refusalOf(ref: LeaseRef, { run, state, lease, deliveries }: Standing, now: number): TokenAnswer | null {
  if (ref.run !== run) return 'lost'
  if (state === 'done') return null
  if (state === 'leased') return ref.lease === lease ? null : 'lost'
  if (ref.until <= now) return 'expired'
  return ref.deliveries < deliveries ? 'lost' : null
}
