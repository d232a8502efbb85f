import { Ahead } from './ahead.ts'
import { AvailableEvents } from './available-events.ts'
import { type EventState, type LedgerInput, transition } from './event-states.ts'
import { EventWindow } from './event-window.ts'
import { KeyOrder } from './key-order.ts'
import { LedgerEvent, type Rejection } from './ledger-event.ts'
import type { LedgerSettings } from './ledger-settings.ts'
import { type Progress, roomOf } from './metadata.ts'
import { MetadataRoom, type RoomLeft, roomLeft } from './metadata-room.ts'
import { mapHeadBytes } from './metadata-size.ts'
import { done } from './span.ts'
import { Terms } from './terms.ts'

/** An event that was not taken may lie anywhere in what is known of such, or behind it. */
const untakenTornBytes = 16
/** The most that an event takes in a map, once it was given again: the length of a run and the number of deliveries. */
const repeatedBytes = 16

/** The events of one partition, each in its state, and what follows from a change of it. */
export class PartitionEvents<T> {
  readonly available = new AvailableEvents<T>()
  readonly terms = new Terms<T>()
  readonly #settings: LedgerSettings
  readonly #window = new EventWindow<T>()
  readonly #keys = new KeyOrder<T>()
  #ahead: Ahead
  #rejected: LedgerEvent<T>[] = []
  #next: number
  #leased = 0
  #unleased = 0
  #held = 0
  #heldBytes = 0
  /** Events that are held and were given more than once. */
  #repeated = 0
  #revision = 0

  constructor(settings: LedgerSettings, { offset, spans }: Pick<Progress, 'offset' | 'spans'>) {
    this.#settings = settings
    this.#ahead = new Ahead(spans)
    this.#next = offset
    this.advance(offset)
  }

  get next(): number {
    return this.#next
  }

  get leased(): number {
    return this.#leased
  }

  get unleased(): number {
    return this.#unleased
  }

  get held(): number {
    return this.#held
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  get revision(): number {
    return this.#revision
  }

  find(offset: number): LedgerEvent<T> | undefined {
    return this.#window.find(offset)
  }

  isExhausted({ deliveries }: LedgerEvent<T>): boolean {
    return deliveries >= this.#settings.maxDeliveries
  }

  /** Of an offset at which no event is held. */
  stateWithout(offset: number): EventState {
    return offset < this.#next || this.#ahead.valueAt(offset) === done ? 'done' : 'untaken'
  }

  /** How often the event was given, as far as that is known. */
  deliveriesOf(offset: number, event: LedgerEvent<T> | undefined): number {
    return event?.deliveries ?? this.#ahead.valueAt(offset)
  }

  hold(taken: { offset: number; bytes: number; key: string | null }, record: T, now: number): void {
    const deliveries = this.#ahead.valueAt(taken.offset)
    if (deliveries === done) {
      this.#window.pushDone(taken.offset)
      return
    }
    const event = new LedgerEvent(record, { ...taken, deliveries })
    this.#window.push(event)
    this.#held++
    this.#heldBytes += event.bytes
    this.#repeated += Number(deliveries > 1)
    if (this.#isOrdered(event) && this.#keys.join(event.key, event)) {
      this.move(event, 'queue')
    } else if (this.isExhausted(event)) {
      // Its last receiver may be at work, and has until then to acknowledge.
      this.move(event, 'suspend')
      this.terms.add(this.terms.open(now + this.#settings.leaseMs), event)
    } else {
      this.move(event, 'take')
    }
  }

  /** Every change of an event's state, and what goes with it. */
  move(event: LedgerEvent<T>, input: LedgerInput, rejection: Rejection = { cause: 'deliveries' }): void {
    const from = event.state
    const { to } = transition(from, input)
    if (to === from) return
    event.state = to
    if (from === 'leased') this.#leased--
    else if (from === 'available') this.#unleased--
    if (from === 'leased' || from === 'delayed') this.terms.leave(event)
    if (to === 'leased') this.#leased++
    else if (to === 'available') {
      this.#unleased++
      this.#offer(event, from)
    } else if (to === 'rejected') this.#markRejected(event, rejection)
    else if (to === 'done') this.#finish(event)
  }

  deliver(event: LedgerEvent<T>, times: number): void {
    const before = event.deliveries
    event.deliveries += times
    this.#repeated += Number(event.deliveries > 1) - Number(before > 1)
    this.#revision++
  }

  /** An event that was not taken yet. */
  finishAhead(offset: number): void {
    this.#ahead.markDone(offset)
    this.#revision++
    this.advance(this.#next)
  }

  /** The next to be taken; past what is known to be done, where nothing stands before it. */
  advance(to: number): void {
    const from = this.#next
    this.#ahead.dropBefore(to)
    this.#next = this.#window.length === 0 ? this.#ahead.doneUpTo(to) : to
    if (this.#window.length === 0 && this.#next !== from) this.#revision++
  }

  takeRejected(): LedgerEvent<T>[] {
    const rejected = this.#rejected
    this.#rejected = []
    return rejected
  }

  room(): MetadataRoom {
    const bytes = roomOf(this.#settings.metadataCharacters)
    return new MetadataRoom(() => this.#roomInOneMap(bytes) ?? roomLeft(bytes, this.progress().spans))
  }

  /** Whether so many deliveries can be remembered, and whatever becomes of the event then. */
  hasRoom(room: MetadataRoom, offset: number, deliveries: number, event: LedgerEvent<T> | undefined): boolean {
    if (this.deliveriesOf(offset, event) >= deliveries) return true
    if (!event) return room.claim({ from: offset, to: offset + 1, deliveries, tornBytes: untakenTornBytes })
    // The first of all is always given: otherwise there might never be room again.
    if (event === this.#window.first) return true
    return room.claim(this.#window.claimFor(event, deliveries, this.#end()))
  }

  progress(): Pick<Progress, 'offset' | 'spans'> {
    const spans = this.#window.spans(this.#next)
    this.#ahead.appendTo(spans, this.#next)
    return { offset: this.#window.first?.offset ?? this.#next, spans }
  }

  /** The events from the offset on. Whoever still has one of these learns that it is none any more. */
  soughtTo(offset: number): PartitionEvents<T> {
    for (const event of this.#window.toArray()) event.state = transition(event.state, 'seek').to
    const events = new PartitionEvents<T>(this.#settings, { offset, spans: [] })
    events.#revision = this.#revision + 1
    return events
  }

  /** Where all that is known fits into one map, which is quickly said; null otherwise. */
  #roomInOneMap(bytes: number): RoomLeft | null {
    if (this.#ahead.end > this.#next) return null
    const mapFrom = this.#window.first?.offset ?? this.#next
    const left = bytes - mapHeadBytes - (this.#next - mapFrom) / 4 - this.#repeated * repeatedBytes
    return left < repeatedBytes ? null : { bytes: left, mapFrom, mapTo: this.#next, isLast: true }
  }

  #end(): number {
    return Math.max(this.#next, this.#ahead.end)
  }

  #offer(event: LedgerEvent<T>, from: EventState): void {
    if (from === 'untaken') this.available.addTaken(event)
    else this.available.addReturned(event)
  }

  #markRejected(event: LedgerEvent<T>, rejection: Rejection): void {
    event.rejection = rejection
    this.#rejected.push(event)
  }

  #finish(event: LedgerEvent<T>): void {
    this.#held--
    this.#heldBytes -= event.bytes
    this.#repeated -= Number(event.deliveries > 1)
    this.#revision++
    event.dropRecord()
    this.#window.settle()
    if (this.#isOrdered(event)) {
      const next = this.#keys.leave(event.key, event)
      if (next?.state === 'queued') this.move(next, this.isExhausted(next) ? 'exhaust' : 'unblock')
    }
    this.advance(this.#next)
  }

  #isOrdered(event: LedgerEvent<T>): event is LedgerEvent<T> & { readonly key: string } {
    return this.#settings.orderedByKey && event.key !== null
  }
}
