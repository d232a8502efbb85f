// The states of an event in the ledger of its partition, as docs/subscriptions.md describes them.

export type EventState = 'untaken' | 'available' | 'queued' | 'leased' | 'delayed' | 'rejected' | 'done'

export type LedgerInput =
  | 'take'
  | 'queue'
  | 'suspend'
  | 'skip'
  | 'unblock'
  | 'lease'
  | 'acknowledge'
  | 'release'
  | 'delay'
  | 'withdraw'
  | 'reject'
  | 'renew'
  | 'expire'
  | 'exhaust'
  | 'bury'
  | 'seek'

/** What became of a token that was shown. */
export type TokenAnswer =
  | 'acknowledged'
  | 'released'
  | 'rejected'
  | 'renewed'
  /** Nothing is left to do: the event was acknowledged before, or is in the dead letters. */
  | 'done'
  /** The token is good no more: the event was given to somebody else, or is to be given again. */
  | 'lost'
  /** The lease is over. */
  | 'expired'
  /** There is no room to remember it; nothing has changed. */
  | 'full'

interface Transition {
  to: EventState
  /** What the holder of a token is told, where a token is the input. */
  answer?: TokenAnswer
}

const to = (state: EventState, answer?: TokenAnswer): Transition => (answer ? { to: state, answer } : { to: state })

/** `null` cannot happen. A token comes here only while it is good: see lease-ref.ts. */
export const eventTransitions: Readonly<Record<EventState, Readonly<Record<LedgerInput, Transition | null>>>> = {
  untaken: {
    take: to('available'),
    queue: to('queued'),
    suspend: to('delayed'),
    skip: to('done'),
    unblock: null,
    lease: null,
    acknowledge: to('done', 'acknowledged'),
    release: to('untaken', 'released'),
    delay: to('untaken', 'released'),
    withdraw: to('untaken', 'released'),
    reject: to('untaken', 'lost'),
    renew: to('untaken', 'lost'),
    expire: null,
    exhaust: null,
    bury: null,
    seek: to('untaken'),
  },
  available: {
    take: null,
    queue: null,
    suspend: null,
    skip: null,
    unblock: null,
    lease: to('leased'),
    acknowledge: to('done', 'acknowledged'),
    release: to('available', 'released'),
    delay: to('available', 'released'),
    withdraw: to('available', 'released'),
    reject: to('rejected', 'rejected'),
    renew: to('available', 'lost'),
    expire: null,
    exhaust: null,
    bury: null,
    seek: to('untaken'),
  },
  queued: {
    take: null,
    queue: null,
    suspend: null,
    skip: null,
    unblock: to('available'),
    lease: null,
    acknowledge: to('done', 'acknowledged'),
    release: to('queued', 'released'),
    delay: to('queued', 'released'),
    withdraw: to('queued', 'released'),
    reject: to('rejected', 'rejected'),
    renew: to('queued', 'lost'),
    expire: null,
    exhaust: to('rejected'),
    bury: null,
    seek: to('untaken'),
  },
  leased: {
    take: null,
    queue: null,
    suspend: null,
    skip: null,
    unblock: null,
    lease: null,
    acknowledge: to('done', 'acknowledged'),
    release: to('available', 'released'),
    delay: to('delayed', 'released'),
    withdraw: to('available', 'released'),
    reject: to('rejected', 'rejected'),
    renew: to('leased', 'renewed'),
    expire: to('available'),
    exhaust: to('rejected', 'rejected'),
    bury: null,
    seek: to('untaken'),
  },
  delayed: {
    take: null,
    queue: null,
    suspend: null,
    skip: null,
    unblock: null,
    lease: null,
    acknowledge: to('done', 'acknowledged'),
    release: to('delayed', 'released'),
    delay: to('delayed', 'released'),
    withdraw: to('delayed', 'released'),
    reject: to('rejected', 'rejected'),
    renew: to('delayed', 'lost'),
    expire: to('available'),
    exhaust: to('rejected'),
    bury: null,
    seek: to('untaken'),
  },
  rejected: {
    take: null,
    queue: null,
    suspend: null,
    skip: null,
    unblock: null,
    lease: null,
    acknowledge: to('rejected', 'lost'),
    release: to('rejected', 'lost'),
    delay: to('rejected', 'lost'),
    withdraw: to('rejected', 'lost'),
    reject: to('rejected', 'rejected'),
    renew: to('rejected', 'lost'),
    expire: null,
    exhaust: null,
    bury: to('done'),
    seek: to('untaken'),
  },
  done: {
    take: null,
    queue: null,
    suspend: null,
    skip: null,
    unblock: null,
    lease: null,
    acknowledge: to('done', 'done'),
    release: to('done', 'done'),
    delay: to('done', 'done'),
    withdraw: to('done', 'done'),
    reject: to('done', 'done'),
    renew: to('done', 'done'),
    expire: null,
    exhaust: null,
    bury: null,
    seek: to('untaken'),
  },
}

export function transition(state: EventState, input: LedgerInput): Transition {
  const found = eventTransitions[state][input]
  if (!found) throw new Error(`an event that is ${state} cannot take "${input}"`)
  return found
}
