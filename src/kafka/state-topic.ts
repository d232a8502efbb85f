import { GatewayError } from '../errors/gateway-error.ts'
import type { Logger } from '../observability/logger.ts'
import type { Delivery } from './delivery-outcome.ts'
import { isForbidden, type OwnTopic, provideTopic, unusable } from './own-topic.ts'
import type { StoredRecord } from './record.ts'
import type { RecordProducer } from './record-producer.ts'
import type { Following, Tail } from './tail.ts'
import type { TopicCatalog } from './topic-catalog.ts'
import { within } from './within.ts'

export interface StateTopicParts extends OwnTopic {
  /** How much of it is read at first; undefined: all that is there. */
  lookBackMs?: number
  /** Called with each record in the order of the log, and after a break perhaps again with some that it was given before. */
  take: (key: string, value: string) => void
  topics: Pick<TopicCatalog, 'refresh' | 'offsets' | 'offsetsAt'>
  producer: Pick<RecordProducer, 'assertAccepting' | 'send'>
  tail: Pick<Tail, 'follow'>
  log: Logger
}

// One log has one order. Should somebody give the topic more partitions, the others are never used.
const partition = 0

/**
 * A topic of the gateway's own: a log that every replica appends to and follows, with the tail that follows all else. It is
 * created when it is first needed, and from then on read as long as the replica lives.
 */
export class StateTopic implements Disposable {
  readonly #parts: StateTopicParts
  readonly #waiting = new Set<{ offset: number; resolve: (wasRead: boolean) => void }>()
  #opening: Promise<void> | undefined
  #following: Following | undefined
  #isSuspect = false
  #topicId: string | undefined
  #next = 0
  /** Where it ended when it was opened. */
  #end = 0

  constructor(parts: StateTopicParts) {
    this.#parts = parts
  }

  /**
   * Resolves when it is followed. Rejects with `kafka-unavailable`, or `state-unavailable` where the topic cannot be had.
   * @param deadline by `Date.now()`, of this call: what was begun goes on for the next.
   */
  async open(deadline: number): Promise<void> {
    if (this.#following && !this.#isSuspect) return
    // With Kafka away the answer would come when its time is over: say so at once.
    this.#parts.producer.assertAccepting(0, 0)
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    await within(this.#opening, deadline, () => {
      throw new GatewayError('kafka-unavailable', 'Kafka has not answered in time.', { retryAfterSeconds: 1 })
    })
  }

  /** True once all that was there when it was opened has been given to `take`, false at the deadline. */
  readWhole(deadline: number): Promise<boolean> {
    return this.readBack(this.#end - 1, deadline)
  }

  /** Rejects with a GatewayError where nothing was written, and nothing will be; `unknown` is also an answer that is late. */
  async append(key: string, value: string | null, deadline: number): Promise<Delivery> {
    const { name, producer } = this.#parts
    const record = {
      partition,
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp: Date.now(),
      headers: [],
    }
    producer.assertAccepting(1, record.key.length + (record.value?.length ?? 0))
    const nextBefore = this.#next
    const delivered = new Promise<Delivery>((resolve, reject) => {
      producer.send(name, record, (delivery) => {
        // What is appended comes after what was read: unless this is another topic of that name.
        if (delivery.status === 'written' && delivery.offset < nextBefore) this.#next = 0
        if (delivery.status === 'failed') this.#isSuspect = true
        if (delivery.status === 'failed' && isForbidden(delivery.code)) reject(unusable(this.#parts, delivery.reason))
        else resolve(delivery)
      })
    })
    return await within(delivered, deadline, () => ({
      status: 'unknown',
      reason: 'Kafka has not confirmed it in time',
    }))
  }

  /** True once everything up to what was appended at the offset has been given to `take`, false at the deadline. */
  async readBack(offset: number, deadline: number): Promise<boolean> {
    if (offset < this.#next) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiting = { offset, resolve }
    this.#waiting.add(waiting)
    const wasRead = await within(promise, deadline, () => false)
    this.#waiting.delete(waiting)
    // Perhaps the topic was deleted, and the tail stands where nothing comes any more: begin again.
    if (!wasRead) this.#isSuspect = true
    return wasRead
  }

  [Symbol.dispose](): void {
    this.#following?.[Symbol.dispose]()
  }

  async #open(): Promise<void> {
    const { name, tail } = this.#parts
    try {
      const { id, next } = await provideTopic(this.#parts, async (topic) => ({
        id: topic.id,
        next: await this.#start(topic.id === this.#topicId),
      }))
      this.#next = next
      this.#topicId = id
      if (this.#following) this.#following.follow(partition, this.#next)
      else
        this.#following = tail.follow(name, new Map([[partition, this.#next]]), (records, ends) =>
          this.#take(records, ends),
        )
      this.#isSuspect = false
    } catch (error) {
      this.#parts.log.warn({ topic: name, cause: (error as Error).message }, "The gateway's topic cannot be used")
      throw error
    }
  }

  async #start(isSameTopic: boolean): Promise<number> {
    const { name, lookBackMs, topics } = this.#parts
    if (lookBackMs === undefined) {
      const { first = 0, last = 0 } = (await topics.offsets(name, [partition]))[0] ?? {}
      this.#end = last
      // What was read whole is not read again: meanwhile it would stand as it was long ago.
      return isSameTopic && this.#next <= last ? Math.max(first, this.#next) : first
    }
    return (await topics.offsetsAt(name, [partition], Date.now() - lookBackMs))[0]?.offset ?? 0
  }

  #take(records: readonly StoredRecord[], ends: ReadonlyMap<number, number>): void {
    for (const record of records) {
      this.#next = record.offset + 1
      if (record.key && record.value) this.#parts.take(record.key.toString(), record.value.toString())
    }
    // Compaction may have left nothing at the last offsets.
    this.#next = Math.max(this.#next, ends.get(partition) ?? 0)
    for (const { offset, resolve } of this.#waiting) if (offset < this.#next) resolve(true)
  }
}
