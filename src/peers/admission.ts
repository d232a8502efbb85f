import type { RequestClaims } from './peer-signer.ts'

const toleranceMs = 30_000
const spanMs = 10_000

/** Which signed requests are taken: once each, of about now, for this instance. Remembers no longer than a request is good. */
export class Admission {
  readonly #instance: string
  readonly #now: () => number
  /** By spans of the time that they claim. */
  readonly #seen = new Map<number, Set<string>>()

  constructor(instance: string, now: () => number = Date.now) {
    this.#instance = instance
    this.#now = now
  }

  /** Why it is refused; undefined where it is not, and then no other one with its nonce is taken. */
  refusalOf({ time, nonce, to }: RequestClaims): string | undefined {
    const now = this.#now()
    if (to !== this.#instance) return 'it is for another instance'
    if (Math.abs(now - time) > toleranceMs) return `its clock and ours differ by ${Math.round((now - time) / 1000)} s`
    for (const span of this.#seen.keys()) if ((span + 1) * spanMs + toleranceMs < now) this.#seen.delete(span)
    const span = Math.floor(time / spanMs)
    const seen = this.#seen.get(span) ?? new Set()
    if (seen.has(nonce)) return 'it was sent before'
    this.#seen.set(span, seen.add(nonce))
    return undefined
  }

  get remembered(): number {
    return [...this.#seen.values()].reduce((sum, { size }) => sum + size, 0)
  }
}
