import type { TokenAnswer } from '../../src/subscriptions/ledger/event-states.ts'
import type { LeaseRef } from '../../src/subscriptions/ledger/lease-ref.ts'
import type { LedgerSettings } from '../../src/subscriptions/ledger/ledger-settings.ts'

export interface LoggedRecord {
  offset: number
  key: string | null
  bytes: number
}

/** What outlives an owner. */
export interface Remembered {
  offset: number
  run: number
  done: ReadonlySet<number>
  deliveries: ReadonlyMap<number, number>
}

interface Held {
  record: LoggedRecord
  state: 'waiting' | 'leased' | 'rejected'
  /** The end of the lease, or of what it waits for. */
  until: number
  lease: number
  receiveKey: string | null
}

/** A ledger as one would write it down on paper: a map of offsets, gone through from the beginning for every question. */
export class LedgerModel {
  readonly settings: LedgerSettings
  now: number
  next: number
  run: number
  done: Set<number>
  deliveries: Map<number, number>
  readonly held = new Map<number, Held>()

  constructor(settings: LedgerSettings, { offset, run, done, deliveries }: Remembered, now: number) {
    this.settings = settings
    this.now = now
    this.next = offset
    this.run = run
    this.done = new Set(done)
    this.deliveries = new Map(deliveries)
    this.#passDone()
  }

  remember(offset: number): Remembered {
    const beyond = <T>(of: number, kept: T): T[] => (of >= offset ? [kept] : [])
    return {
      offset,
      run: this.run,
      done: new Set([...this.done].flatMap((of) => beyond(of, of))),
      deliveries: new Map([...this.deliveries].flatMap(([of, times]) => beyond<[number, number]>(of, [of, times]))),
    }
  }

  open(): Held[] {
    return [...this.held.values()].filter(({ record }) => !this.done.has(record.offset))
  }

  first(): number | undefined {
    return this.open()[0]?.record.offset
  }

  leased(): Held[] {
    return this.open().filter(({ state }) => state === 'leased')
  }

  deadline(): number | null {
    const ends = this.open()
      .filter(({ state, until }) => state === 'leased' || (state === 'waiting' && until > this.now))
      .map(({ until }) => until)
    return ends.length === 0 ? null : Math.min(...ends)
  }

  times(offset: number): number {
    return this.deliveries.get(offset) ?? 0
  }

  take(record: LoggedRecord): void {
    const { offset } = record
    if (offset < this.next) return
    if (!this.done.has(offset)) {
      const held: Held = { record, state: 'waiting', until: 0, lease: 0, receiveKey: null }
      this.held.set(offset, held)
      const isExhausted = this.times(offset) >= this.settings.maxDeliveries
      if (isExhausted && !this.waitsForKey(held)) held.until = this.now + this.settings.leaseMs
    }
    this.skipTo(offset + 1)
  }

  skipTo(offset: number): void {
    this.next = Math.max(this.next, offset)
    this.#passDone()
  }

  waitsForKey({ record }: Held): boolean {
    if (!this.settings.orderedByKey || record.key === null) return false
    return this.open().some((other) => other.record.key === record.key && other.record.offset < record.offset)
  }

  givable(): Held[] {
    return this.open().filter((held) => held.state === 'waiting' && held.until <= this.now && !this.waitsForKey(held))
  }

  /** To be called after every change: what time and other events bring about. */
  settle(): void {
    for (const held of this.leased()) {
      if (held.until <= this.now) Object.assign(held, { state: 'waiting', until: 0 })
    }
    for (const held of this.givable()) {
      if (this.times(held.record.offset) >= this.settings.maxDeliveries) held.state = 'rejected'
    }
    this.#passDone()
  }

  lease(held: Held, lease: number, until: number, receiveKey: string | null): void {
    this.deliveries.set(held.record.offset, this.times(held.record.offset) + 1)
    Object.assign(held, { state: 'leased', lease, until, receiveKey })
  }

  /** What the token is answered if it is good for nothing. */
  refusal({ offset, run, lease, until, deliveries }: LeaseRef): TokenAnswer | null {
    const held = this.held.get(offset)
    if (run !== this.run) return 'lost'
    if (this.isDone(offset)) return null
    if (held?.state === 'leased') return held.lease === lease ? null : 'lost'
    if (until <= this.now) return 'expired'
    return deliveries < this.times(offset) ? 'lost' : null
  }

  isDone(offset: number): boolean {
    return this.done.has(offset) || (offset < this.next && !this.held.has(offset))
  }

  finish(offset: number): void {
    this.done.add(offset)
    this.settle()
  }

  seek(offset: number): void {
    this.held.clear()
    this.done = new Set()
    this.deliveries = new Map()
    this.next = offset
    this.run++
  }

  #passDone(): void {
    if (this.open().length > 0) return
    while (this.done.has(this.next)) this.next++
  }
}
