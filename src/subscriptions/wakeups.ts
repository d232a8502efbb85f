/** Wakes all who wait for something to change. */
export class Wakeups {
  readonly #waiting = new Set<() => void>()

  /** Resolves at the next change, when the time is over, or when the signal aborts. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#waiting.add(resolve)
    signal?.addEventListener('abort', () => resolve(), { once: true })
    await promise
    clearTimeout(timer)
    this.#waiting.delete(resolve)
  }

  wake(): void {
    for (const resolve of this.#waiting) resolve()
  }
}
