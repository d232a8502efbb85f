import { GatewayError } from '../errors/gateway-error.ts'
import type { SubscriptionReading } from '../observability/subscription-metrics.ts'
import type { Subscription } from './subscription.ts'
import { SubscriptionOwner, type SubscriptionOwnerParts } from './subscription-owner.ts'

export interface SubscriptionOwnersParts extends SubscriptionOwnerParts {
  /** The settings as they are now. */
  current: (name: string) => Subscription | undefined
}

const lookMs = 1_000

/** The subscriptions of which this replica is a member now. One that nobody receives from is left. */
export class SubscriptionOwners implements AsyncDisposable {
  readonly #parts: SubscriptionOwnersParts
  readonly #owners = new Map<string, Promise<SubscriptionOwner>>()
  readonly #joined = new Map<string, SubscriptionOwner>()
  readonly #leaving = new Map<string, Promise<void>>()
  readonly #timer: NodeJS.Timeout
  #isClosing = false

  constructor(parts: SubscriptionOwnersParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#leaveIdle(), lookMs)
    this.#timer.unref()
  }

  find(name: string): SubscriptionOwner | undefined {
    return this.#joined.get(name)
  }

  readings(): SubscriptionReading[] {
    return [...this.#joined].map(([name, { partitions, leased }]) => ({
      name,
      partitions: partitions.length,
      leased,
      heldBytes: partitions.reduce((sum, { ledger }) => sum + ledger.heldBytes, 0),
    }))
  }

  /** Rejects with `gateway-full`, or with `kafka-unavailable`. */
  async join(subscription: Subscription): Promise<SubscriptionOwner> {
    const { name } = subscription
    await this.#leaving.get(name)
    const known = this.#owners.get(name)
    if (known) return await known
    if (this.#isClosing) throw new GatewayError('gateway-stopping', 'This replica stops.', { retryAfterSeconds: 1 })
    if (this.#owners.size >= this.#parts.settings.active) {
      const detail = `This replica serves ${this.#parts.settings.active} subscriptions (subscriptions.active).`
      throw new GatewayError('gateway-full', detail, { retryAfterSeconds: 5 })
    }
    const joining = SubscriptionOwner.join(this.#parts, subscription, () => void this.leave(name))
    this.#owners.set(name, joining)
    try {
      const owner = await joining
      if (this.#owners.get(name) === joining) this.#joined.set(name, owner)
      return owner
    } catch (error) {
      if (this.#owners.get(name) === joining) this.#owners.delete(name)
      throw error
    }
  }

  /** Leaves it where its settings are others now. */
  check(name: string): void {
    const owner = this.#joined.get(name)
    if (owner && owner.subscription !== this.#parts.current(name)) void this.leave(name)
  }

  /** Resolves when the group is left. */
  leave(name: string): Promise<void> {
    const owner = this.#owners.get(name)
    if (!owner) return this.#leaving.get(name) ?? Promise.resolve()
    this.#owners.delete(name)
    this.#joined.delete(name)
    const leaving = owner
      .then((joined) => joined.leave())
      .catch((error) =>
        this.#parts.log.warn({ subscription: name, cause: (error as Error).message }, 'A group could not be left'),
      )
      .finally(() => this.#leaving.delete(name))
    this.#leaving.set(name, leaving)
    return leaving
  }

  /** Leaves all, and joins none any more. */
  stop(): void {
    this.#isClosing = true
    clearInterval(this.#timer)
    for (const name of [...this.#owners.keys()]) void this.leave(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await Promise.all(this.#leaving.values())
  }

  #leaveIdle(): void {
    const now = Date.now()
    for (const [name, owner] of this.#joined) {
      if (owner.idleMs(now) >= this.#parts.settings.idleMs) void this.leave(name)
      // Whatever was missed while it was joining.
      else this.check(name)
    }
  }
}
