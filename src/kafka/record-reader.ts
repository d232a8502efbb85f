import { once } from 'node:events'
import { GatewayError } from '../errors/gateway-error.ts'
import { OffsetGone } from '../errors/offset-gone.ts'
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
import { PositionedRead, type ReadLimits, type ReadResult } from './positioned-read.ts'
import { Signal } from './signal.ts'
import type { PartitionRange } from './topic-catalog.ts'

export interface ReadRequest extends ReadLimits {
  topic: string
  /** The next offset to read of each partition. */
  positions: ReadonlyMap<number, number>
  signal?: AbortSignal
  /** Whose turn it is, where consumers are waited for. */
  caller?: string
  timeoutMs: number
}

export type RangesOf = (topic: string, partitions: readonly number[]) => Promise<PartitionRange[]>

const suspectAfterMs = 250
const absent: ReadonlySet<number> = new Set([
  kafkaCodes.ERR_UNKNOWN_TOPIC_OR_PART,
  kafkaCodes.ERR_TOPIC_AUTHORIZATION_FAILED,
  kafkaCodes.ERR__UNKNOWN_TOPIC,
])

/** One consumer that belongs to no group, and reads where it is told. One read at a time. */
export class RecordReader {
  readonly #consumer: AssignedConsumer
  readonly #queued: Signal
  readonly #rangesOf: RangesOf
  #isSpent = false
  #ends: { partition: number; offset: number }[] = []

  private constructor(consumer: AssignedConsumer, queued: Signal, rangesOf: RangesOf) {
    this.#consumer = consumer
    this.#queued = queued
    this.#rangesOf = rangesOf
    consumer.on('partition.eof', (end) => this.#ends.push(end))
  }

  static async connect(
    properties: ClientProperties,
    log: KafkaLog,
    rangesOf: RangesOf,
    limitMs: number,
  ): Promise<RecordReader> {
    const queued = new Signal()
    const consumer = createConsumer(properties, () => queued.set())
    log.follow(consumer, 'reader')
    try {
      await connectClient(consumer, limitMs)
    } catch (error) {
      throw unavailable(error as LibrdKafkaError)
    }
    return new RecordReader(consumer, queued, rangesOf)
  }

  /** A read failed in a way that leaves the consumer in doubt: it must not be used again. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  close(): Promise<void> {
    return closeConsumer(this.#consumer)
  }

  /** @param deadline by `Date.now()`. Past it what was read is given, and `kafka-unavailable` where Kafka said nothing. */
  async read(request: ReadRequest, deadline: number): Promise<ReadResult> {
    const read = new PositionedRead(request.topic, request.positions, request)
    this.#ends = []
    try {
      // Assigning makes librdkafka drop whatever it holds from the assignment before.
      this.#consumer.assign(
        [...request.positions].map(([partition, offset]) => ({ topic: request.topic, partition, offset })),
      )
      await this.#readUntilDone(read, request, deadline)
      return read.result
    } catch (error) {
      this.#isSpent = !(error instanceof OffsetGone) && !request.signal?.aborted
      throw error
    } finally {
      // Or it would go on asking the broker, every few milliseconds, at the end of each partition.
      if (this.#consumer.isConnected()) this.#consumer.unassign()
    }
  }

  async #readUntilDone(read: PositionedRead, request: ReadRequest, deadline: number): Promise<void> {
    const { topic, signal } = request
    let movedAt = Date.now()
    let fault: LibrdKafkaError | undefined
    while (!read.isDone) {
      signal?.throwIfAborted()
      this.#queued.clear()
      const moved = await this.#take(read).catch((error: LibrdKafkaError) => {
        fault = error
        return false
      })
      const now = Date.now()
      if (moved) movedAt = now
      else if (fault && absent.has(fault.code)) throw new GatewayError('topic-not-found', `There is no topic ${topic}.`)
      else if (now >= deadline) {
        if (!read.hasMoved) throw unavailable(fault)
        return
      } else if (fault?.code === kafkaCodes.ERR__AUTO_OFFSET_RESET || now - movedAt >= suspectAfterMs) {
        // The client drops an error that comes after records, and names no partition in one: so ask for the ranges.
        await this.#assertInRange(request, read, deadline)
        fault = undefined
        movedAt = Date.now()
        await this.#queued.wait(Math.min(suspectAfterMs, deadline - movedAt), signal)
      } else await this.#queued.wait(Math.min(suspectAfterMs, deadline - now), signal)
    }
  }

  async #take(read: PositionedRead): Promise<boolean> {
    const messages = await consumeReady(this.#consumer, read.eventsLeft)
    const ends = this.#ends
    this.#ends = []
    read.take(messages, ends)
    return messages.length > 0 || ends.length > 0
  }

  async #assertInRange({ topic, signal }: ReadRequest, read: PositionedRead, deadline: number): Promise<void> {
    const pending = read.pending
    const ends = [AbortSignal.timeout(Math.max(0, deadline - Date.now())), ...(signal ? [signal] : [])]
    const over = once(AbortSignal.any(ends), 'abort').then(() => [])
    for (const { partition, first, last } of await Promise.race([this.#rangesOf(topic, [...pending.keys()]), over])) {
      const asked = pending.get(partition) ?? first
      if (asked < first || asked > last) throw new OffsetGone(partition, asked, first)
    }
  }
}

function unavailable(cause: { message: string } | undefined): GatewayError {
  const detail = cause ? `Kafka cannot be read: ${cause.message}.` : 'Kafka has not answered in time.'
  return new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1, cause })
}
