import { LeaseTokens } from '../../src/subscriptions/lease-token.ts'
import { cursorSecret } from './gateway.ts'
import type { ReceivedEvent } from './subscriptions.ts'

interface Given {
  /** When the receiver began to ask, and had the answer. */
  askedAt: number
  givenAt: number
  lease: number
  until: number
}

interface Told {
  n: number
  key: string
  given: Given[]
  /** The first request to acknowledge it, and the first answer that it is. */
  askedAt: number
  confirmedAt: number
}

export interface Verdict {
  acknowledged: number
  /** Given again after its lease was over, by the same owner. */
  expired: number
  /** Given again by another owner, of a lease that was not acknowledged. */
  moved: number
  faults: string[]
}

/** Leases of one ledger have numbers close to each other, those of two ledgers have not. */
const sameLedger = 1_000_000
const never = Number.POSITIVE_INFINITY

/** Holds what receivers were given to what a subscription promises. Times are those of one clock. */
export class LeaseJudge {
  readonly #tokens = new LeaseTokens([cursorSecret])
  readonly #events = new Map<number, Told>()

  get confirmed(): number {
    let count = 0
    for (const { confirmedAt } of this.#events.values()) if (confirmedAt < never) count++
    return count
  }

  given(events: readonly ReceivedEvent[], askedAt: number, givenAt: number): void {
    for (const { token, event } of events) {
      const { n } = event.value as { n: number }
      const told = this.#events.get(n) ?? { n, key: String(event.key), given: [], askedAt: never, confirmedAt: never }
      this.#events.set(n, told)
      const lease = this.#tokens.verify(token)
      if (!lease) throw new Error('a token was not signed by the gateway')
      // The same lease, under the same Idempotency-Key.
      if (told.given.some((each) => each.lease === lease.lease)) continue
      told.given.push({ askedAt, givenAt, lease: lease.lease, until: lease.until })
    }
  }

  askedToAcknowledge(numbers: readonly number[], at: number): void {
    for (const n of numbers) {
      const told = this.#events.get(n) as Told
      told.askedAt = Math.min(told.askedAt, at)
    }
  }

  confirm(n: number, at: number): void {
    const told = this.#events.get(n) as Told
    told.confirmedAt = Math.min(told.confirmedAt, at)
  }

  verdict(): Verdict {
    const verdict: Verdict = { acknowledged: this.confirmed, expired: 0, moved: 0, faults: [] }
    for (const told of this.#events.values()) this.#judgeAgain(told, verdict)
    for (const ofKey of Map.groupBy(this.#events.values(), ({ key }) => key).values()) this.#judgeOrder(ofKey, verdict)
    return verdict
  }

  #judgeAgain({ n, given, confirmedAt }: Told, verdict: Verdict): void {
    for (const [index, again] of given.entries()) {
      const before = given[index - 1]
      if (!before) continue
      if (confirmedAt < again.askedAt) verdict.faults.push(`${n} was given again after it was acknowledged`)
      if (Math.abs(again.lease - before.lease) > sameLedger) verdict.moved++
      else if (before.until <= again.givenAt) verdict.expired++
      else verdict.faults.push(`${n} was given again while its lease went on`)
    }
  }

  /** Of each key one at a time: the next is given only once somebody has asked to acknowledge the one before. */
  #judgeOrder(ofKey: readonly Told[], verdict: Verdict): void {
    const inOrder = ofKey.toSorted((a, b) => a.n - b.n)
    for (const [index, { n, given }] of inOrder.entries()) {
      const before = inOrder[index - 1]
      const first = given[0]?.givenAt ?? 0
      if (!before) continue
      if (before.askedAt > first) verdict.faults.push(`${n} was given before ${before.n} of its key was acknowledged`)
      const late = before.given.find(({ askedAt }) => askedAt > first)
      if (late && before.confirmedAt < late.askedAt) verdict.faults.push(`${before.n} came again after ${n} of its key`)
    }
  }
}
