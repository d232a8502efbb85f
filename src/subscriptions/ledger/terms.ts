import type { LedgerEvent } from './ledger-event.ts'
import { Queue } from './queue.ts'

/** Events that are leased together, or wait together, until one moment. */
export interface Term<T> {
  /** Milliseconds since the epoch. */
  readonly until: number
  /** The number of the lease; 0 for a delay. */
  readonly lease: number
  /** The receiver's own name for what it asked for. */
  readonly receiveKey: string | null
  events: LedgerEvent<T>[]
  /** How many of them are still in it. */
  live: number
}

/** All terms, the first to end first. */
export class Terms<T> {
  readonly #terms = new Queue<Term<T>>()
  #over = 0
  readonly #ofKey = new Map<string, Term<T>[]>()

  /** A term without events; the caller adds them. */
  open(until: number, lease = 0, receiveKey: string | null = null): Term<T> {
    const term: Term<T> = { until, lease, receiveKey, events: [], live: 0 }
    let place = this.#terms.length
    while (place > 0 && this.#terms.at(place - 1).until > until) place--
    this.#terms.insert(place, term)
    if (receiveKey !== null) {
      const ofKey = this.#ofKey.get(receiveKey)
      if (ofKey) ofKey.push(term)
      else this.#ofKey.set(receiveKey, [term])
    }
    return term
  }

  /** Takes the event out of the term in which it was. */
  add(term: Term<T>, event: LedgerEvent<T>): void {
    if (event.isIn(term)) return
    term.events.push(event)
    term.live++
    this.#left(event.enter(term))
  }

  leave(event: LedgerEvent<T>): void {
    this.#left(event.enter(null))
  }

  /** The first moment at which a term ends. */
  next(): number | null {
    this.#dropClosed()
    return this.#terms.first?.until ?? null
  }

  /** The events of a term that is over, of which there may be further ones. */
  due(now: number): LedgerEvent<T>[] | null {
    this.#dropClosed()
    const { first } = this.#terms
    return first && first.until <= now ? this.#eventsOf(first) : null
  }

  /** What is leased under the receiver's key, by offset. */
  under(receiveKey: string): LedgerEvent<T>[] {
    const terms = this.#ofKey.get(receiveKey) ?? []
    return terms.flatMap((term) => this.#eventsOf(term)).sort((a, b) => a.offset - b.offset)
  }

  #eventsOf(term: Term<T>): LedgerEvent<T>[] {
    return term.events.filter((event) => event.isIn(term))
  }

  #left(term: Term<T> | null): void {
    if (!term || --term.live > 0) return
    // Nothing that is acknowledged may be held until the time at which its lease would have ended.
    term.events = []
    this.#over++
    if (term.receiveKey !== null) {
      const rest = this.#ofKey.get(term.receiveKey)?.filter((other) => other !== term) ?? []
      if (rest.length > 0) this.#ofKey.set(term.receiveKey, rest)
      else this.#ofKey.delete(term.receiveKey)
    }
    if (this.#over > 64 && this.#over * 2 > this.#terms.length) {
      this.#terms.replace(this.#terms.toArray().filter(({ live }) => live > 0))
      this.#over = 0
    }
  }

  #dropClosed(): void {
    while (this.#terms.first?.live === 0) {
      this.#terms.dropFirst()
      this.#over--
    }
  }
}
