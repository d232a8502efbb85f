import { GatewayError } from '../errors/gateway-error.ts'
import { OffsetGone } from '../errors/offset-gone.ts'
import type { Logger } from '../observability/logger.ts'
import { type OwnTopic, provideTopic } from './own-topic.ts'
import type { ReadResult } from './positioned-read.ts'
import type { ReaderPool } from './reader-pool.ts'
import type { EncodedRecord, StoredRecord } from './record.ts'
import type { RecordProducer } from './record-producer.ts'
import type { TopicCatalog, TopicInfo } from './topic-catalog.ts'
import { within } from './within.ts'

export interface RecordLogParts extends OwnTopic {
  topics: Pick<TopicCatalog, 'refresh' | 'findCurrent' | 'offsets' | 'offsetsAt'>
  producer: Pick<RecordProducer, 'assertAccepting' | 'send'>
  records: Pick<ReaderPool, 'read'>
  log: Logger
  now?: () => number
}

export interface LogRange {
  /** Kafka's id of the topic: one that was made anew has another. */
  topicId: string
  first: number
  /** The offset after the last committed record. */
  end: number
}

export type LogAppended =
  | { status: 'written'; topicId: string; offset: number }
  | { status: 'failed' | 'unknown'; reason: string }

export interface LogReadLimits {
  maxEvents: number
  maxBytes: number
  /** By `Date.now()`. */
  deadline: number
}

const partition = 0
/** How long nobody asks for a topic again that cannot be had: whoever appends would wait for each answer. */
const pauseMs = 5_000

/** A topic of the gateway's own that every replica appends to, and reads from any place. It is made by the first append. */
export class RecordLog {
  readonly #parts: RecordLogParts
  #opening: Promise<TopicInfo> | undefined
  #topic: TopicInfo | undefined
  #failure: { error: unknown; until: number } | undefined

  constructor(parts: RecordLogParts) {
    this.#parts = parts
  }

  get name(): string {
    return this.#parts.name
  }

  /** Never rejects. `failed`: it was not written, and will not be. */
  async append(record: EncodedRecord, caller: string, deadline: number): Promise<LogAppended> {
    const { name, producer } = this.#parts
    const late = (): LogAppended => ({ status: 'unknown', reason: 'Kafka has not confirmed it in time' })
    try {
      const topic = this.#topic ?? (await this.#open(deadline))
      const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0)
      producer.assertAccepting(1, bytes, caller)
      const { promise, resolve } = Promise.withResolvers<LogAppended>()
      producer.send(
        name,
        { ...record, partition },
        (delivery) => {
          // Perhaps the topic was deleted: the next one looks again.
          if (delivery.status !== 'written') this.#topic = undefined
          resolve(
            delivery.status === 'written'
              ? { status: 'written', topicId: topic.id, offset: delivery.offset }
              : { status: delivery.status, reason: delivery.reason },
          )
        },
        caller,
      )
      return await within(promise, deadline, late)
    } catch (error) {
      return { status: 'failed', reason: (error as Error).message.replace(/\.$/, '') }
    }
  }

  /** Undefined where there is no such topic. Rejects with `kafka-unavailable`. */
  async range(): Promise<LogRange | undefined> {
    const { name, topics, producer } = this.#parts
    // With Kafka away the answer would come when its time is over: say so at once.
    producer.assertAccepting(0, 0)
    // Another replica may have made it a moment ago.
    const topic = (await topics.findCurrent(name)) ?? (await topics.refresh(name))
    if (!topic) return undefined
    const [{ first, last } = { first: 0, last: 0 }] = await topics.offsets(name, [partition])
    return { topicId: topic.id, first, end: last }
  }

  /** The first offset at or after the time; where there is none, the end. */
  async offsetAt(timestampMs: number): Promise<number> {
    const [found] = await this.#parts.topics.offsetsAt(this.name, [partition], timestampMs)
    return found?.offset ?? 0
  }

  /** What retention has taken is passed over. Rejects with a GatewayError. */
  async read(from: number, limits: LogReadLimits): Promise<{ records: StoredRecord[]; next: number }> {
    try {
      return onlyPartition(await this.#read(from, limits), from)
    } catch (error) {
      if (!(error instanceof OffsetGone) || error.first <= from) throw error
      return onlyPartition(await this.#read(error.first, limits), error.first)
    }
  }

  #read(from: number, { maxEvents, maxBytes, deadline }: LogReadLimits): Promise<ReadResult> {
    const timeoutMs = deadline - Date.now()
    if (timeoutMs <= 0) throw new GatewayError('kafka-unavailable', 'Kafka has not answered in time.')
    const positions = new Map([[partition, from]])
    return this.#parts.records.read({ topic: this.name, positions, maxEvents, maxBytes, timeoutMs })
  }

  async #open(deadline: number): Promise<TopicInfo> {
    // With Kafka away the answer would come when its time is over: say so at once.
    this.#parts.producer.assertAccepting(0, 0)
    const now = this.#parts.now ?? Date.now
    if (this.#failure && now() < this.#failure.until) throw this.#failure.error
    this.#opening ??= provideTopic(this.#parts, async (topic) => topic)
      .catch((error) => {
        this.#failure = { error, until: now() + pauseMs }
        this.#parts.log.warn(
          { topic: this.name, cause: (error as Error).message },
          "The gateway's topic cannot be used",
        )
        throw error
      })
      .finally(() => {
        this.#opening = undefined
      })
    this.#topic = await within(this.#opening, deadline, () => {
      throw new GatewayError('kafka-unavailable', 'Kafka has not answered in time.')
    })
    return this.#topic
  }
}

const onlyPartition = ({ records, next }: ReadResult, from: number) => ({ records, next: next.get(partition) ?? from })
