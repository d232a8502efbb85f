import type { EventState } from './event-states.ts'
import { done } from './span.ts'
import type { Term } from './terms.ts'

/** Why an event goes to the dead letters. */
export type Rejection =
  | { cause: 'receiver'; reason: string | null; by: string }
  /** It was given as often as the subscription allows, and never acknowledged. */
  | { cause: 'deliveries' }

/** An event as it is leased. What is read here holds until the ledger is told something else. */
export interface LeasedEvent<T> {
  readonly offset: number
  /** This one included. */
  readonly deliveries: number
  readonly record: T
  /** The number of the lease, and when it ends, in milliseconds since the epoch. */
  readonly term: { readonly lease: number; readonly until: number }
}

export interface RejectedEvent<T> {
  readonly offset: number
  readonly deliveries: number
  readonly record: T
  readonly rejection: Rejection
}

/** An event between the committed offset and the last that was taken; once done, it may stand for those behind it that are, too. */
export class LedgerEvent<T> {
  readonly offset: number
  state: EventState = 'untaken'
  deliveries: number
  readonly bytes: number
  readonly key: string | null
  /** The next event of its key, where the key's order is kept. */
  behind: LedgerEvent<T> | null = null
  #record: T | null
  #term: Term<T> | null = null
  #rejection: Rejection | null = null

  constructor(
    record: T | null,
    { offset, bytes, key, deliveries }: { offset: number; bytes: number; key: string | null; deliveries: number },
  ) {
    this.offset = offset
    this.#record = record
    this.bytes = bytes
    this.key = key
    this.deliveries = deliveries
  }

  get value(): number {
    return this.state === 'done' ? done : this.deliveries
  }

  get record(): T {
    if (this.#record === null) throw new Error(`the record at offset ${this.offset} is held no more`)
    return this.#record
  }

  get term(): Term<T> {
    if (!this.#term) throw new Error(`the event at offset ${this.offset} is neither leased nor delayed`)
    return this.#term
  }

  /** Gives the term in which it was. */
  enter(term: Term<T> | null): Term<T> | null {
    const left = this.#term
    this.#term = term
    return left
  }

  isIn(term: Term<T>): boolean {
    return this.#term === term
  }

  get rejection(): Rejection {
    if (!this.#rejection) throw new Error(`the event at offset ${this.offset} is not rejected`)
    return this.#rejection
  }

  set rejection(rejection: Rejection) {
    this.#rejection = rejection
  }

  dropRecord(): void {
    this.#record = null
  }
}
