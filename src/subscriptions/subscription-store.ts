import type { Logger } from '../observability/logger.ts'
import { FollowedLog } from '../state/followed-log.ts'
import type { NotAppended, WholeStateLog } from '../state/state-log.ts'
import { type Subscription, subscriptionSchema } from './subscription.ts'
import { Wakeups } from './wakeups.ts'

export interface SubscriptionStoreParts {
  openLog: (take: (key: string, value: string) => void) => WholeStateLog
  waitMs: number
  /** Called when the settings of a subscription are others, or it is gone. */
  onChange: (name: string) => void
  log: Logger
}

/** How long what another replica has just written may take to arrive here. */
const arrivalMs = 300
const notChanged: NotAppended = {
  failed: (reason) => `Kafka did not take it: ${reason}. Nothing was changed.`,
  unknown: 'Kafka has not said in time whether it was changed. Look at the subscription before you try again.',
}

/** The subscriptions as this replica has read them, once somebody has asked for any. */
export class SubscriptionStore {
  readonly #parts: SubscriptionStoreParts
  readonly #log: FollowedLog
  readonly #found = new Map<string, { text: string; subscription: Subscription }>()
  readonly #changes = new Wakeups()

  constructor(parts: SubscriptionStoreParts) {
    const { openLog, waitMs, log: logger } = parts
    this.#parts = parts
    const log = openLog((name, value) => this.#take(name, value))
    this.#log = new FollowedLog({ log, holding: 'The subscriptions', waitMs, logger })
  }

  async list(): Promise<Subscription[]> {
    await this.#log.whenRead()
    return [...this.#found.values()].map(({ subscription }) => subscription).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** As this replica has it now: the same object for as long as nothing has changed. */
  current(name: string): Subscription | undefined {
    return this.#found.get(name)?.subscription
  }

  /** Waits a moment for one that it does not know. Rejects with a GatewayError (503) where they cannot be read. */
  async find(name: string): Promise<Subscription | undefined> {
    await this.#log.whenRead()
    const deadline = Date.now() + arrivalMs
    while (!this.#found.has(name) && Date.now() < deadline) await this.#changes.wait(deadline - Date.now())
    return this.current(name)
  }

  put(subscription: Subscription): Promise<void> {
    return this.#write(subscription.name, JSON.stringify(subscription))
  }

  remove(name: string): Promise<void> {
    return this.#write(name, 'null')
  }

  #write(key: string, value: string): Promise<void> {
    return this.#log.write({ key, value }, notChanged)
  }

  #take(name: string, text: string): void {
    // After a break the log is perhaps given again.
    if (this.#found.get(name)?.text === text) return
    const subscription = this.#parsed(name, text)
    if (subscription) this.#found.set(name, { text, subscription })
    else this.#found.delete(name)
    this.#parts.onChange(name)
    this.#changes.wake()
  }

  #parsed(name: string, text: string): Subscription | null {
    try {
      return subscriptionSchema.nullable().parse(JSON.parse(text))
    } catch {
      this.#parts.log.warn({ subscription: name }, 'The settings of a subscription cannot be understood')
      return null
    }
  }
}
