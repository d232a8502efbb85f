import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Message } from '@confluentinc/kafka-javascript'
import type { Logger } from '../observability/logger.ts'
import type { KafkaLog } from './kafka-log.ts'
import {
  type AssignedConsumer,
  type ClientProperties,
  closeConsumer,
  connectClient,
  consumeReady,
  createConsumer,
  kafkaCodes,
  type LibrdKafkaError,
} from './native-client.ts'
import { toStoredRecord } from './native-record.ts'
import type { StoredRecord } from './record.ts'
import { Signal } from './signal.ts'
import { WatchedPartitions } from './watched-partitions.ts'

export interface TailParts {
  properties: ClientProperties
  log: Logger
  kafkaLog: KafkaLog
  /** How long a partition is followed, and the consumer kept, for the next who waits. */
  quietMs?: number
}

/** Of one topic, in the order of each partition, each record once; and then how far partitions have been read beyond them. */
export type TakeRecords = (records: readonly StoredRecord[], ends: ReadonlyMap<number, number>) => void

interface PartitionEnd {
  topic: string
  partition: number
  offset: number
}

/** A topic that is followed, until it is disposed. */
export interface Following extends Disposable {
  /** Follows a partition from this offset on, also one that is followed from another. */
  follow(partition: number, offset: number): void
  /** Nothing more is taken, until `release`. */
  hold(): void
  release(): void
}

const connectLimitMs = 5_000
const batchRecords = 1_000
const houseKeepingMs = 500
// Records that come one by one are taken together, so that what is made of them goes out in few pieces.
const gatherMs = 5

/**
 * The one consumer that looks at the ends of topics. It tells any number of waiting reads when records arrive, and gives
 * the records of a topic to who follows it. The consumer lives while somebody waits or follows, and a while longer.
 * While Kafka is away it is tried again, and who waits simply waits out his time.
 */
export class Tail implements AsyncDisposable {
  readonly #parts: TailParts
  readonly #quietMs: number
  readonly #watched = new WatchedPartitions()
  readonly #followers = new Map<string, TakeRecords>()
  readonly #queued = new Signal()
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  /** They arrive before the records that they come after. */
  #ends: PartitionEnd[] = []
  #waiting = 0

  constructor(parts: TailParts) {
    this.#parts = parts
    this.#quietMs = parts.quietMs ?? 5_000
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Reads that wait now. */
  get waiting(): number {
    return this.#waiting
  }

  /** True once a record is at or after one of the positions; false when the time is over or the signal aborts. */
  async waitForRecords(
    topic: string,
    positions: ReadonlyMap<number, number>,
    { signal, timeoutMs }: { signal?: AbortSignal; timeoutMs: number },
  ): Promise<boolean> {
    if (signal?.aborted || this.#closing.signal.aborted) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const wait = this.#watched.addWait(topic, positions, () => resolve(true))
    if (!wait) return true
    const giveUp = () => resolve(false)
    const timer = setTimeout(giveUp, timeoutMs)
    signal?.addEventListener('abort', giveUp)
    this.#closing.signal.addEventListener('abort', giveUp)
    this.#start()
    this.#waiting += 1
    try {
      return await promise
    } finally {
      this.#waiting -= 1
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      this.#closing.signal.removeEventListener('abort', giveUp)
      this.#watched.removeWait(wait)
    }
  }

  /** From the next offset of each partition on. One follower a topic. */
  follow(topic: string, from: ReadonlyMap<number, number>, take: TakeRecords): Following {
    if (this.#followers.has(topic)) throw new Error(`${topic} is followed already`)
    this.#followers.set(topic, take)
    const changed = (change: () => void) => () => {
      change()
      this.#start()
    }
    const follow = (partition: number, offset: number) => {
      this.#watched.follow(topic, partition, offset)
      this.#start()
    }
    for (const [partition, offset] of from) follow(partition, offset)
    return {
      follow,
      hold: changed(() => this.#watched.hold(topic, true)),
      release: changed(() => this.#watched.hold(topic, false)),
      [Symbol.dispose]: changed(() => {
        this.#watched.unfollow(topic)
        this.#followers.delete(topic)
      }),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  #start(): void {
    this.#queued.set()
    if (!this.#closing.signal.aborted) this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (!this.#watched.isEmpty && !this.#closing.signal.aborted) {
      const consumer = this.#createConsumer()
      try {
        await connectClient(consumer, connectLimitMs)
        await this.#runWith(consumer)
      } catch (error) {
        this.#parts.log.warn({ cause: (error as Error).message }, 'The tail lost its consumer; starting another')
        this.#watched.toUnassign(0)
        await this.#queued.wait(houseKeepingMs, this.#closing.signal)
      } finally {
        this.#watched.unassignAll()
        await closeConsumer(consumer)
      }
    }
    this.#running = undefined
    if (!this.#watched.isEmpty) this.#start()
  }

  async #runWith(consumer: AssignedConsumer): Promise<void> {
    let usedAt = Date.now()
    while (!this.#closing.signal.aborted) {
      this.#queued.clear()
      const over = [...this.#watched.toRewind(), ...this.#watched.toUnassign(this.#quietMs)]
      if (over.length > 0) consumer.incrementalUnassign(over)
      if (!this.#watched.isEmpty) usedAt = Date.now()
      else if (Date.now() - usedAt >= this.#quietMs) return
      const added = this.#watched.toAssign()
      if (added.length > 0) consumer.incrementalAssign(added)
      const messages = await this.#consume(consumer)
      const isHanded = this.#hand(messages, this.#ends.splice(0))
      if (messages.length === 0) await this.#queued.wait(houseKeepingMs, this.#closing.signal)
      else if (isHanded) await delay(gatherMs)
    }
  }

  async #consume(consumer: AssignedConsumer): Promise<Message[]> {
    try {
      return await consumeReady(consumer, batchRecords)
    } catch (error) {
      // A position is gone; the error does not say which.
      if ((error as LibrdKafkaError).code === kafkaCodes.ERR__AUTO_OFFSET_RESET) this.#watched.wakeAll()
      return []
    }
  }

  /** Whether somebody follows one of the topics. */
  #hand(messages: readonly Message[], ends: readonly PartitionEnd[]): boolean {
    const ofTopics = new Map<string, { records: StoredRecord[]; ends: Map<number, number> }>()
    const of = (topic: string) => {
      const known = ofTopics.get(topic) ?? { records: [] as StoredRecord[], ends: new Map<number, number>() }
      ofTopics.set(topic, known)
      return known
    }
    for (const message of messages) {
      const { topic, partition, offset } = message
      if (this.#watched.arrived(topic, partition, offset)) of(topic).records.push(toStoredRecord(message))
    }
    for (const { topic, partition, offset } of ends) {
      if (this.#watched.ended(topic, partition, offset)) of(topic).ends.set(partition, offset)
    }
    for (const [topic, { records, ends }] of ofTopics) this.#give(topic, records, ends)
    return ofTopics.size > 0
  }

  /** What fails for one topic must not cost the others their records. */
  #give(topic: string, records: readonly StoredRecord[], ends: ReadonlyMap<number, number>): void {
    try {
      this.#followers.get(topic)?.(records, ends)
    } catch (err) {
      this.#parts.log.error({ err, topic }, 'What follows a topic failed')
    }
  }

  #createConsumer(): AssignedConsumer {
    const properties = { ...this.#parts.properties, 'group.id': `headgate-tail-${randomUUID()}` }
    const consumer = createConsumer(properties, () => this.#queued.set())
    this.#parts.kafkaLog.follow(consumer, 'tail')
    this.#ends = []
    consumer.on('partition.eof', (end) => this.#ends.push(end))
    return consumer
  }
}
