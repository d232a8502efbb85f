import type { Rate } from './quota-limits.ts'

// What is added up in fractions of a millisecond does not come out even.
const roundingMs = 0.001

/**
 * What is left of a rate: a bucket that holds the limit, and fills evenly within its window (GCRA: all that it has to know is when
 * it will be full again). Of several replicas each has its part of bucket and flow, so one unit costs as many. A cost beyond the
 * whole bucket is taken from a full one, and leaves a debt.
 *
 * Times are milliseconds of a clock that never goes back.
 */
export class Allowance {
  readonly rate: Rate
  readonly #windowMs: number
  readonly #unitMs: number
  #fullAt = 0

  constructor(rate: Rate) {
    this.rate = rate
    this.#windowMs = rate.seconds * 1000
    this.#unitMs = this.#windowMs / rate.limit
  }

  /** How long until so much can be spent: 0 where it can be now. */
  waitMs(cost: number, replicas: number, now: number): number {
    const spentMs = Math.max(0, this.#fullAt - now)
    const missingMs = spentMs + Math.min(cost * replicas * this.#unitMs, this.#windowMs) - this.#windowMs
    return missingMs > roundingMs ? missingMs : 0
  }

  /** Also what is known only after it was done: that leaves a debt. */
  spend(cost: number, replicas: number, now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + cost * replicas * this.#unitMs
  }

  /** Whole units that can be spent now. */
  left(replicas: number, now: number): number {
    const leftMs = this.#windowMs - Math.max(0, this.#fullAt - now)
    return Math.max(0, Math.floor((leftMs + roundingMs) / (replicas * this.#unitMs)))
  }

  fullInSeconds(now: number): number {
    return Math.max(0, Math.ceil((this.#fullAt - now) / 1000))
  }
}
