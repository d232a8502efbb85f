import type { Logger } from '../observability/logger.ts'
import { type OwnTopic, provideTopic } from './own-topic.ts'
import type { RecordProducer } from './record-producer.ts'

export interface JournalTopicParts extends OwnTopic {
  producer: Pick<RecordProducer, 'assertAccepting' | 'sendAside'>
  log: Logger
}

// One log has one order.
const partition = 0

/** A topic of the gateway's own that it writes and never reads. It is created when it is first needed. */
export class JournalTopic {
  readonly #parts: JournalTopicParts
  #opening: Promise<boolean> | undefined
  #isOpen = false
  #lastFault: string | undefined

  constructor(parts: JournalTopicParts) {
    this.#parts = parts
  }

  /** Whether records can be appended now. Never rejects. */
  open(): Promise<boolean> {
    if (this.#isOpen) return Promise.resolve(this.#isAccepting)
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  /** Whether Kafka has it, which it says when it has, or after minutes. Never rejects. */
  append(key: string, value: string): Promise<boolean> {
    const { name, producer } = this.#parts
    const record = { partition, key: Buffer.from(key), value: Buffer.from(value), timestamp: Date.now(), headers: [] }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    producer.sendAside(name, record, (delivery) => {
      if (delivery.status === 'failed') this.#fail(delivery.reason)
      resolve(delivery.status === 'written')
    })
    return promise
  }

  get #isAccepting(): boolean {
    try {
      this.#parts.producer.assertAccepting(0, 0)
      return true
    } catch {
      return false
    }
  }

  async #open(): Promise<boolean> {
    if (!this.#isAccepting) return false
    try {
      await provideTopic(this.#parts, async () => {})
      this.#isOpen = true
      this.#lastFault = undefined
    } catch (error) {
      this.#fail((error as Error).message)
    }
    return this.#isOpen
  }

  /** Perhaps the topic was deleted: the next who opens it looks again. */
  #fail(cause: string): void {
    this.#isOpen = false
    if (cause === this.#lastFault) return
    this.#lastFault = cause
    this.#parts.log.warn({ topic: this.#parts.name, cause }, "The gateway's topic cannot be used")
  }
}
