import { type EventState, type LedgerInput, type TokenAnswer, transition } from './event-states.ts'
import { type LeaseRef, refusalOf } from './lease-ref.ts'
import type { LeasedEvent, LedgerEvent, RejectedEvent, Rejection } from './ledger-event.ts'
import type { LedgerSettings } from './ledger-settings.ts'
import { metadataText, progressFrom } from './metadata.ts'
import { PartitionEvents } from './partition-events.ts'
import type { Term } from './terms.ts'

/** A position in the partition, as a consumer group keeps it. */
export interface Position {
  offset: number
  metadata: string
}

export interface LeaseWish {
  max: number
  /** One event is given whatever its size. */
  maxBytes: number
  /** Milliseconds since the epoch. */
  until: number
  receiveKey: string | null
}

/** Why no more was given: enough of what was wished for, nothing there, too much leased, or no room to remember what becomes of it. */
export type LeaseStop = 'wish' | 'empty' | 'leases' | 'metadata'

type Answering<T> = (ref: LeaseRef, state: EventState, event: LedgerEvent<T> | undefined) => TokenAnswer

/**
 * Which events of one partition were given to whom, until when, and which are done. It knows neither clock nor Kafka: the time is passed
 * in, and never goes back. `T` is whatever belongs to an event; it is held until the event is done.
 */
export class PartitionLedger<T> {
  readonly #settings: LedgerSettings
  #events: PartitionEvents<T>
  #run: number
  #lastLease: number
  #expired = 0

  /** Goes on from what was committed. The seed is random, of 48 bits: what it numbers is not mistaken for that of another ledger. */
  constructor(settings: LedgerSettings, { offset, metadata }: Position, seed: number) {
    const progress = progressFrom(metadata, offset)
    this.#settings = settings
    this.#events = new PartitionEvents(settings, progress ?? { offset, spans: [] })
    this.#run = progress?.run ?? seed
    this.#lastLease = seed
  }

  get run(): number {
    return this.#run
  }

  /** The next offset to be taken. */
  get next(): number {
    return this.#events.next
  }

  get leased(): number {
    return this.#events.leased
  }

  /** How many events could be leased now. */
  get unleased(): number {
    return this.#events.unleased
  }

  /** How many events are not done. */
  get held(): number {
    return this.#events.held
  }

  get heldBytes(): number {
    return this.#events.heldBytes
  }

  /** Grows whenever there is something to commit. */
  get revision(): number {
    return this.#events.revision
  }

  /** When a lease or a delay ends, the first of them. */
  get nextDeadline(): number | null {
    return this.#events.terms.next()
  }

  /** Records come in the order of their offsets; what is left out does not exist. */
  take(taken: { offset: number; bytes: number; key: string | null }, record: T, now: number): void {
    if (taken.offset < this.next) return
    this.#events.hold(taken, record, now)
    this.#events.advance(taken.offset + 1)
  }

  /** There is nothing to give before the offset that was not taken. */
  skipTo(offset: number): void {
    if (offset > this.next) this.#events.advance(offset)
  }

  lease({ max, maxBytes, until, receiveKey }: LeaseWish, now: number): { events: LeasedEvent<T>[]; stop: LeaseStop } {
    this.expire(now)
    const { available, terms } = this.#events
    const room = this.#events.room()
    const events: LedgerEvent<T>[] = []
    let bytes = 0
    let term: Term<T> | undefined
    while (events.length < max) {
      const event = available.peek()
      if (!event) return { events, stop: 'empty' }
      if (this.leased >= this.#settings.maxLeased) return { events, stop: 'leases' }
      bytes += event.bytes
      if (events.length > 0 && bytes > maxBytes) break
      if (!this.#events.hasRoom(room, event.offset, event.deliveries + 1, event)) return { events, stop: 'metadata' }
      term ??= terms.open(until, ++this.#lastLease, receiveKey)
      this.#events.deliver(event, 1)
      this.#events.move(event, 'lease')
      terms.add(term, event)
      events.push(event)
    }
    return { events, stop: 'wish' }
  }

  /** What is still leased of what was given under the receiver's key. */
  leasedUnder(receiveKey: string, now: number): LeasedEvent<T>[] {
    this.expire(now)
    return this.#events.terms.under(receiveKey)
  }

  acknowledge(refs: readonly LeaseRef[], now: number): TokenAnswer[] {
    const room = this.#events.room()
    return this.#answer(refs, now, (ref, state, event) => {
      if (state !== 'done' && !this.#events.hasRoom(room, ref.offset, ref.deliveries, event)) return 'full'
      return this.#show(ref, state, event, 'acknowledge')
    })
  }

  /** Gives events back, to be given again at once or at `until`. */
  release(refs: readonly LeaseRef[], until: number, now: number): TokenAnswer[] {
    let term: Term<T> | undefined
    return this.#answer(refs, now, (ref, state, event) => {
      if (!event || state !== 'leased') return this.#show(ref, state, event, 'release')
      if (this.#events.isExhausted(event)) return this.#show(ref, state, event, 'exhaust')
      if (until <= now) return this.#show(ref, state, event, 'release')
      const answer = this.#show(ref, state, event, 'delay')
      term ??= this.#events.terms.open(until)
      this.#events.terms.add(term, event)
      return answer
    })
  }

  /** Takes a lease back of which no receiver has heard: the delivery does not count. */
  withdraw(refs: readonly LeaseRef[], now: number): TokenAnswer[] {
    return this.#answer(refs, now, (ref, state, event) => {
      if (event && state === 'leased') this.#events.deliver(event, -1)
      return this.#show(ref, state, event, 'withdraw')
    })
  }

  reject(refs: readonly LeaseRef[], rejection: Rejection, now: number): TokenAnswer[] {
    const room = this.#events.room()
    return this.#answer(refs, now, (ref, state, event) => {
      if (!event || state === 'done' || state === 'rejected') return this.#show(ref, state, event, 'reject')
      if (!this.#events.hasRoom(room, ref.offset, ref.deliveries, event)) return 'full'
      this.#events.deliver(event, ref.deliveries - event.deliveries)
      return this.#show(ref, state, event, 'reject', rejection)
    })
  }

  /** The tokens stay good; others that say the new end may be given in their place. */
  renew(refs: readonly LeaseRef[], until: number, now: number): TokenAnswer[] {
    const { terms } = this.#events
    const renewed = new Map<Term<T>, Term<T>>()
    return this.#answer(refs, now, (ref, state, event) => {
      if (event && state === 'leased') {
        const { term } = event
        const further = renewed.get(term) ?? terms.open(until, term.lease, term.receiveKey)
        // A token may be there twice.
        renewed.set(term, further).set(further, further)
        terms.add(further, event)
      }
      return this.#show(ref, state, event, 'renew')
    })
  }

  /** Ends what is over at the time. */
  expire(now: number): void {
    const { terms } = this.#events
    for (let due = terms.due(now); due; due = terms.due(now)) {
      for (const event of due) {
        if (event.state === 'leased') this.#expired++
        this.#events.move(event, this.#events.isExhausted(event) ? 'exhaust' : 'expire')
      }
    }
  }

  /** How many leases have ended since this was asked. */
  takeExpired(): number {
    const expired = this.#expired
    this.#expired = 0
    return expired
  }

  /** What was rejected since this was asked, to be written to the dead letters. */
  takeRejected(): RejectedEvent<T>[] {
    return this.#events.takeRejected()
  }

  /** The event is in the dead letters. */
  bury(rejected: RejectedEvent<T>): void {
    const event = this.#events.find(rejected.offset)
    // After a seek it is another one.
    if (event === rejected) this.#events.move(event, 'bury')
  }

  /** All is to be given from the offset on, whatever was done; no token that was given is good any more. */
  seek(offset: number): void {
    this.#events = this.#events.soughtTo(offset)
    this.#run++
  }

  /** What is to be committed. */
  position(): Position {
    const progress = this.#events.progress()
    return { offset: progress.offset, metadata: metadataText({ ...progress, run: this.#run }) }
  }

  #answer(refs: readonly LeaseRef[], now: number, answer: Answering<T>): TokenAnswer[] {
    this.expire(now)
    return refs.map((ref) => {
      const event = this.#events.find(ref.offset)
      const state = event?.state ?? this.#events.stateWithout(ref.offset)
      const lease = event && state === 'leased' ? event.term.lease : null
      const deliveries = this.#events.deliveriesOf(ref.offset, event)
      return refusalOf(ref, { run: this.#run, state, lease, deliveries }, now) ?? answer(ref, state, event)
    })
  }

  #show(
    ref: LeaseRef,
    state: EventState,
    event: LedgerEvent<T> | undefined,
    input: LedgerInput,
    rejection?: Rejection,
  ): TokenAnswer {
    const { to, answer } = transition(state, input)
    if (!answer) throw new Error(`"${input}" answers no token`)
    if (event) this.#events.move(event, input, rejection)
    else if (to !== state) this.#events.finishAhead(ref.offset)
    return answer
  }
}
