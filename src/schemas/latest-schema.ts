import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'

/** How long a failed refresh is not repeated. */
const retryAfterFailureMs = 1_000
/** Part of the time to live after which a value in use is refreshed in the background. */
const refreshAhead = 2 / 3
/** How long whoever asks waits for the refresh of a value that is past its time. */
const patienceMs = 1_000

/**
 * One value that the registry may change. Given at once while it is fresh; asked for again when it is not; and, while the
 * registry is away, given stale for as long as that takes. What the registry denies is forgotten.
 */
export class LatestSchema<T> {
  readonly #fetch: () => Promise<T>
  readonly #ttlMs: number
  readonly #now: () => number
  #held: { value: T; fetchedAt: number } | undefined
  #failedAt = Number.NEGATIVE_INFINITY
  #pending: Promise<T> | undefined

  constructor(fetch: () => Promise<T>, ttlMs: number, now: () => number = Date.now) {
    this.#fetch = fetch
    this.#ttlMs = ttlMs
    this.#now = now
  }

  /** Rejects with the fetch's error where nothing is held. */
  get(): T | Promise<T> {
    const held = this.#held
    if (!held) return this.#refresh()
    const age = this.#now() - held.fetchedAt
    const sinceFailure = this.#now() - this.#failedAt
    if (age < this.#ttlMs * refreshAhead || sinceFailure < retryAfterFailureMs) return held.value
    const refreshed = this.#refresh().catch((error: unknown) => {
      if (isAway(error)) return held.value
      throw error
    })
    if (age >= this.#ttlMs && sinceFailure >= this.#ttlMs) {
      return Promise.race([refreshed, delay(patienceMs, held.value, { ref: false })])
    }
    refreshed.catch(() => {})
    return held.value
  }

  /** Asks for the value as it is now, and keeps the one it has where that fails. An answer that is on its way is too old. */
  async refresh(): Promise<void> {
    await this.#pending?.catch(() => {})
    await this.#refresh().catch(() => {})
  }

  /** A value that is known without having been fetched for it. */
  hold(value: T): void {
    this.#held = { value, fetchedAt: this.#now() }
  }

  #refresh(): Promise<T> {
    this.#pending ??= this.#fetch()
      .then(
        (value) => {
          this.hold(value)
          return value
        },
        (error: unknown) => {
          if (isAway(error)) this.#failedAt = this.#now()
          else this.#held = undefined
          throw error
        },
      )
      .finally(() => {
        this.#pending = undefined
      })
    return this.#pending
  }
}

/** Whether the registry said nothing of use, so that what it said before is as good as anything. */
export const isAway = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'registry-unavailable'
