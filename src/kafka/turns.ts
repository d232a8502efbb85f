import { GatewayError } from '../errors/gateway-error.ts'

export interface TurnLimits {
  /** By `Date.now()`. */
  deadline: number
  signal?: AbortSignal
}

/** Lets so many in at once; the others wait in the order in which they came, of whom there is a most too. */
export class Turns {
  readonly #mostWaiting: number
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor(atOnce: number, mostWaiting: number) {
    this.#free = atOnce
    this.#mostWaiting = mostWaiting
  }

  /** Each turn taken must be given back. Throws `gateway-full`, or the signal's reason. */
  async take({ deadline, signal }: TurnLimits): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    if (this.#waiting.size >= this.#mostWaiting) throw full()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => reject(signal?.reason)
    const timer = setTimeout(() => reject(full()), deadline - Date.now())
    signal?.addEventListener('abort', abort)
    this.#waiting.add(resolve)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      this.#waiting.delete(resolve)
    }
  }

  give(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}

function full(): GatewayError {
  return new GatewayError('gateway-full', 'Too many requests wait for Kafka already.', { retryAfterSeconds: 1 })
}
