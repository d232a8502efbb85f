/** How long a failed refresh is not repeated. One probe at a time, and not one a request. */
const retryAfterFailureMs = 1_000
/** Part of the time to live after which a value in use is refreshed in the background. */
const refreshAhead = 2 / 3

/**
 * One value that the registry may change. Given at once while it is fresh; asked for again when it is not; and, while the
 * registry is away, given stale for as long as that takes.
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
    if (age < this.#ttlMs * refreshAhead) return held.value
    if (this.#now() - this.#failedAt < retryAfterFailureMs) return held.value
    const refreshed = this.#refresh().catch(() => held.value)
    return age < this.#ttlMs ? held.value : refreshed
  }

  #refresh(): Promise<T> {
    this.#pending ??= this.#fetch()
      .then(
        (value) => {
          this.#held = { value, fetchedAt: this.#now() }
          return value
        },
        (error: unknown) => {
          this.#failedAt = this.#now()
          throw error
        },
      )
      .finally(() => {
        this.#pending = undefined
      })
    return this.#pending
  }
}
