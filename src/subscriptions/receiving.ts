import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ReceiveCall, Received, ReceivedEvent } from './replica-calls.ts'
import type { Owner, ReplicasOf } from './replicas-of.ts'
import type { Subscription } from './subscription.ts'

export type ReceiveWish = Omit<ReceiveCall, 'subscription' | 'id' | 'onlyRepeated'>

interface Given {
  owner: Owner
  received: Round
}

interface Round extends Received {
  /** Of one that cannot be called. */
  failure?: GatewayError
}

/** How long owners are waited for where the caller does not want to wait so long for events. */
const ownerMs = 5_000
const lookAgainMs = 200
/** After so long who waits looks again who has the partitions. */
const roundMs = 5_000
/** How long those who were overtaken may take to say what they have leased. */
const overtakenMs = 1_000
const nothing: Round = { events: [], partitions: 0 }

/**
 * Receives at whatever replica has something: what is leased under the key already; else here; else at once elsewhere; else wherever
 * something comes first. Rejects with `subscription-unavailable` where nobody has any partition for too long.
 */
export class Receiving {
  readonly #replicas: ReplicasOf
  readonly #waiting = new Set<() => void>()
  #isStopping = false

  constructor(replicas: ReplicasOf) {
    this.#replicas = replicas
  }

  /** From now on nobody waits here: who does is answered at once. */
  stop(): void {
    this.#isStopping = true
    for (const end of this.#waiting) end()
  }

  /** The signal aborts when the receiver is gone: what he was to be given is then given to others at once. */
  async receive(
    subscription: Subscription,
    wish: ReceiveWish,
    gone: AbortSignal,
  ): Promise<Omit<Received, 'partitions'>> {
    const startedAt = Date.now()
    const deadline = startedAt + wish.waitMs
    const ownerDeadline = Math.max(deadline, startedAt + ownerMs)
    const call = { ...wish, subscription: subscription.name, onlyRepeated: false }
    if (!this.#isStopping) await this.#replicas.joinForReceiving(subscription)
    let onlyRepeated = wish.receiveKey !== null
    for (;;) {
      const owners = await this.#replicas.members(subscription)
      const waitMs = onlyRepeated || this.#isStopping ? 0 : Math.max(0, Math.min(roundMs, deadline - Date.now()))
      const { events, stopped, partitions, failure } = await this.#round(
        owners,
        { ...call, onlyRepeated, waitMs },
        gone,
      )
      if (gone.aborted) return { events: [] }
      if (events.length > 0) return { events }
      if (this.#isStopping && (!onlyRepeated || partitions === 0)) return { events: [] }
      const left = (partitions > 0 ? deadline : ownerDeadline) - Date.now()
      // What is leased under the key may be with somebody who is only just beginning.
      if (partitions > 0 && onlyRepeated) onlyRepeated = false
      else if (partitions > 0 && left <= 0) return { events: [], ...(stopped && { stopped }) }
      else if (partitions === 0 && left <= 0) throw failure ?? nobody()
      else if (partitions === 0) {
        await this.#replicas.joinForReceiving(subscription)
        await delay(Math.min(lookAgainMs, left), undefined, { signal: gone }).catch(() => {})
      }
    }
  }

  async #round(owners: readonly Owner[], call: Omit<ReceiveCall, 'id'>, gone: AbortSignal): Promise<Round> {
    const [first] = owners
    if (!first) return nothing
    if (call.onlyRepeated) return await this.#together(owners, call, gone)
    const atOnce = { ...call, waitMs: 0 }
    const own = await this.#together([first], atOnce, gone)
    if (own.events.length > 0 || (owners.length === 1 && call.waitMs === 0)) return own
    const others = owners.length > 1 ? await this.#together(owners.slice(1), atOnce, gone) : nothing
    if (others.events.length > 0) return others
    if (call.waitMs > 0) return await this.#together(owners, call, gone)
    const stopped = own.stopped ?? others.stopped
    const failure = own.failure ?? others.failure
    const partitions = own.partitions + others.partitions
    return { events: [], partitions, ...(stopped && { stopped }), ...(failure && { failure }) }
  }

  /** At all of them at once, until the first has something. */
  async #together(owners: readonly Owner[], wish: Omit<ReceiveCall, 'id'>, gone: AbortSignal): Promise<Round> {
    const call = { ...wish, id: randomUUID() }
    const givens: Given[] = []
    const failures: unknown[] = []
    const unanswered = new Set(owners)
    let isLate = false
    const first = Promise.withResolvers<void>()
    const end = () => {
      first.resolve()
      for (const { replica } of unanswered) replica.cancel({ id: call.id }).catch(() => {})
    }
    gone.addEventListener('abort', end, { once: true })
    this.#waiting.add(end)
    const calls = owners.map(async (owner) => {
      try {
        const received = await owner.replica.receive(call).finally(() => unanswered.delete(owner))
        const given = { owner, received }
        if (isLate) this.#withdraw(call, owner, received.events)
        else givens.push(given)
        if (received.events.length > 0 && !call.onlyRepeated && owners.length > 1) end()
      } catch (error) {
        // One that is just gone has nothing; its partitions will be somebody's soon.
        if (isUncallable(error)) givens.push({ owner, received: { ...nothing, failure: error } })
        else failures.push(error)
      }
    })
    const all = Promise.all(calls)
    await Promise.race([
      all,
      first.promise.then(() => Promise.race([all, delay(overtakenMs, undefined, { ref: false })])),
    ])
    isLate = true
    gone.removeEventListener('abort', end)
    this.#waiting.delete(end)
    if (givens.length === 0 && failures.length > 0) throw failures[0]
    return this.#merged(givens, call, gone.aborted)
  }

  #merged(givens: readonly Given[], call: ReceiveCall, isGone: boolean): Round {
    const events: ReceivedEvent[] = []
    for (const { owner, received } of givens) {
      const isKept = !isGone || call.receiveKey !== null
      const room = call.onlyRepeated || call.receiveKey !== null ? received.events.length : call.max - events.length
      const taken = isKept ? received.events.slice(0, room) : []
      events.push(...taken)
      this.#withdraw(call, owner, received.events.slice(taken.length))
    }
    const stopped = givens.map(({ received }) => received.stopped).find((stop) => stop !== undefined)
    const partitions = givens.reduce((sum, { received }) => sum + received.partitions, 0)
    const failure = givens.map(({ received }) => received.failure).find((error) => error !== undefined)
    return { events, partitions, ...(stopped && { stopped }), ...(failure && { failure }) }
  }

  #withdraw({ subscription }: ReceiveCall, { replica }: Owner, events: readonly ReceivedEvent[]): void {
    if (events.length === 0) return
    const tokens = events.map(({ token }) => token)
    replica.withdraw({ subscription, tokens }).catch(() => {})
  }
}

const isUncallable = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && error.code === 'replica-unavailable'

const nobody = (): GatewayError =>
  new GatewayError('subscription-unavailable', 'No replica has partitions of the subscription yet.', {
    retryAfterSeconds: 1,
  })
