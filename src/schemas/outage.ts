const probePauseMs = 1_000

/**
 * While a server is away one caller at a time is let through to it, and one a second; whoever else asks fails at once, as
 * the last one did. So nobody queues for an answer that will not come, and a server that comes back is not run over.
 */
export class Outage {
  readonly #now: () => number
  #cause: Error | undefined
  #failedAt = 0
  #isProbing = false

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Throws the last failure where the server is away and it is not this caller's turn. */
  async run<T>(ask: () => Promise<T>): Promise<T> {
    const isProbe = this.#cause !== undefined
    if (this.#cause && (this.#isProbing || this.#now() - this.#failedAt < probePauseMs)) throw this.#cause
    this.#isProbing ||= isProbe
    try {
      const answer = await ask()
      this.#cause = undefined
      return answer
    } catch (error) {
      this.#cause = error as Error
      this.#failedAt = this.#now()
      throw error
    } finally {
      if (isProbe) this.#isProbing = false
    }
  }
}
