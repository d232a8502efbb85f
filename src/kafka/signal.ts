/** A flag that one loop waits for: set by a callback, cleared by the loop before it looks for work. */
export class Signal {
  #isSet = false
  #wake: (() => void) | undefined

  set(): void {
    this.#isSet = true
    this.#wake?.()
  }

  clear(): void {
    this.#isSet = false
  }

  /** Until it is set, `limitMs` have passed or the other signal aborts, whichever is first. Never rejects. */
  async wait(limitMs: number, abort?: AbortSignal): Promise<void> {
    if (this.#isSet || limitMs <= 0 || abort?.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const onAbort = () => resolve()
    const timer = setTimeout(resolve, limitMs)
    abort?.addEventListener('abort', onAbort)
    this.#wake = resolve
    await promise
    this.#wake = undefined
    clearTimeout(timer)
    abort?.removeEventListener('abort', onAbort)
  }
}
