import type { Logger } from '../observability/logger.ts'
import { appendAndReadBack, logUnavailable, type NotAppended, type WholeStateLog } from '../state/state-log.ts'
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
  readonly #log: WholeStateLog
  readonly #found = new Map<string, { text: string; subscription: Subscription }>()
  readonly #changes = new Wakeups()
  #isRead = false
  #reading: Promise<void> | undefined

  constructor(parts: SubscriptionStoreParts) {
    this.#parts = parts
    this.#log = parts.openLog((name, value) => this.#take(name, value))
  }

  async list(): Promise<Subscription[]> {
    await this.#whenRead()
    return [...this.#found.values()].map(({ subscription }) => subscription).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** As this replica has it now: the same object for as long as nothing has changed. */
  current(name: string): Subscription | undefined {
    return this.#found.get(name)?.subscription
  }

  /** Waits a moment for one that it does not know. Rejects with a GatewayError (503) where they cannot be read. */
  async find(name: string): Promise<Subscription | undefined> {
    await this.#whenRead()
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

  #whenRead(): Promise<void> {
    if (this.#isRead) return Promise.resolve()
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const deadline = Date.now() + this.#parts.waitMs
    await this.#log.open(deadline)
    if (!(await this.#log.readWhole(deadline))) throw logUnavailable('The subscriptions could not be read in time.')
    this.#isRead = true
  }

  async #write(key: string, value: string): Promise<void> {
    const deadline = Date.now() + this.#parts.waitMs
    await this.#log.open(deadline)
    await appendAndReadBack(this.#log, { key, value, deadline }, notChanged)
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
