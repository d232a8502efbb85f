import { randomUUID } from 'node:crypto'
import type { Logger } from '../observability/logger.ts'
import type { KafkaLog } from './kafka-log.ts'
import {
  type AssignedConsumer,
  type ClientProperties,
  closeConsumer,
  connectClient,
  consumeReady,
  createConsumer,
} from './native-client.ts'
import { Signal } from './signal.ts'
import { TailWaits } from './tail-waits.ts'

export interface TailParts {
  properties: ClientProperties
  log: Logger
  kafkaLog: KafkaLog
  /** How long a partition is followed, and the consumer kept, for the next who waits. */
  quietMs?: number
}

const connectLimitMs = 5_000
const batchRecords = 500
const houseKeepingMs = 500

/**
 * Tells when records arrive, to any number of waiting reads with one consumer. The consumer lives while somebody waits, and
 * a while longer. While Kafka is away it is tried again, and who waits simply waits out his time.
 */
export class Tail implements AsyncDisposable {
  readonly #parts: TailParts
  readonly #quietMs: number
  readonly #waits = new TailWaits()
  readonly #queued = new Signal()
  readonly #closing = new AbortController()
  #following: Promise<void> | undefined
  #waiting = 0

  constructor(parts: TailParts) {
    this.#parts = parts
    this.#quietMs = parts.quietMs ?? 5_000
  }

  get isFollowing(): boolean {
    return this.#following !== undefined
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
    const wait = this.#waits.add(topic, positions, () => resolve(true))
    if (!wait) return true
    const giveUp = () => resolve(false)
    const timer = setTimeout(giveUp, timeoutMs)
    signal?.addEventListener('abort', giveUp)
    this.#closing.signal.addEventListener('abort', giveUp)
    this.#following ??= this.#follow()
    this.#queued.set()
    this.#waiting += 1
    try {
      return await promise
    } finally {
      this.#waiting -= 1
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      this.#closing.signal.removeEventListener('abort', giveUp)
      this.#waits.remove(wait)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#following
  }

  async #follow(): Promise<void> {
    while (!this.#waits.isEmpty && !this.#closing.signal.aborted) {
      const consumer = this.#createConsumer()
      try {
        await connectClient(consumer, connectLimitMs)
        await this.#followWith(consumer)
      } catch (error) {
        this.#parts.log.warn({ cause: (error as Error).message }, 'The tail lost its consumer; starting another')
        this.#waits.toUnassign(0)
        await this.#queued.wait(houseKeepingMs, this.#closing.signal)
      } finally {
        this.#waits.unassignAll()
        await closeConsumer(consumer)
      }
    }
    this.#following = undefined
    if (!this.#waits.isEmpty && !this.#closing.signal.aborted) this.#following = this.#follow()
  }

  async #followWith(consumer: AssignedConsumer): Promise<void> {
    let usedAt = Date.now()
    while (!this.#closing.signal.aborted) {
      this.#queued.clear()
      const over = [...this.#waits.toRewind(), ...this.#waits.toUnassign(this.#quietMs)]
      if (over.length > 0) consumer.incrementalUnassign(over)
      if (!this.#waits.isEmpty) usedAt = Date.now()
      else if (Date.now() - usedAt >= this.#quietMs) return
      const added = this.#waits.toAssign()
      if (added.length > 0) consumer.incrementalAssign(added)
      if (!(await this.#takeArrived(consumer))) await this.#queued.wait(houseKeepingMs, this.#closing.signal)
    }
  }

  async #takeArrived(consumer: AssignedConsumer): Promise<boolean> {
    const messages = await consumeReady(consumer, batchRecords).catch(() => [])
    for (const { topic, partition, offset } of messages) this.#waits.arrived(topic, partition, offset)
    return messages.length > 0
  }

  #createConsumer(): AssignedConsumer {
    const properties = { ...this.#parts.properties, 'group.id': `headgate-tail-${randomUUID()}` }
    const consumer = createConsumer(properties, () => this.#queued.set())
    this.#parts.kafkaLog.follow(consumer, 'tail')
    return consumer
  }
}
