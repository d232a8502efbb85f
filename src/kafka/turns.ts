import { GatewayError } from '../errors/gateway-error.ts'
import { isBeyondShare } from '../quotas/fair-share.ts'

export interface TurnLimits {
  /** By `Date.now()`. */
  deadline: number
  signal?: AbortSignal
  caller?: string
}

/**
 * Lets so many in at once. The others wait, of whom there is a most too: callers take turns, and what one of them waits for is
 * in the order in which it came.
 */
export class Turns {
  readonly #mostWaiting: number
  /** Who waited longest for his turn comes first. */
  readonly #waiting = new Map<string, Set<() => void>>()
  #waitingCount = 0
  #free: number

  constructor(atOnce: number, mostWaiting: number) {
    this.#free = atOnce
    this.#mostWaiting = mostWaiting
  }

  /** Each turn taken must be given back. Throws `gateway-full`, or the signal's reason. */
  async take({ deadline, signal, caller = '' }: TurnLimits): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    if (!this.#mayWait(caller)) throw full()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => reject(signal?.reason)
    const timer = setTimeout(() => reject(full()), deadline - Date.now())
    signal?.addEventListener('abort', abort)
    this.#add(caller, resolve)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      this.#delete(caller, resolve)
    }
  }

  give(): void {
    const [turn] = this.#waiting
    if (!turn) {
      this.#free += 1
      return
    }
    const [caller, ofCaller] = turn
    const [next] = ofCaller
    this.#waiting.delete(caller)
    this.#waiting.set(caller, ofCaller)
    if (next) this.#delete(caller, next)
    next?.()
  }

  #mayWait(caller: string): boolean {
    const room = this.#mostWaiting
    const used = this.#waitingCount
    const ofCaller = this.#waiting.get(caller)
    const holders = this.#waiting.size + (ofCaller ? 0 : 1)
    return used < room && !isBeyondShare({ room, used, held: ofCaller?.size ?? 0, wanted: 1, holders })
  }

  #add(caller: string, resolve: () => void): void {
    const ofCaller = this.#waiting.get(caller) ?? new Set()
    this.#waiting.set(caller, ofCaller.add(resolve))
    this.#waitingCount += 1
  }

  #delete(caller: string, resolve: () => void): void {
    const ofCaller = this.#waiting.get(caller)
    if (!ofCaller?.delete(resolve)) return
    this.#waitingCount -= 1
    if (ofCaller.size === 0) this.#waiting.delete(caller)
  }
}

function full(): GatewayError {
  return new GatewayError('gateway-full', 'Too many requests wait for Kafka already.', { retryAfterSeconds: 1 })
}
