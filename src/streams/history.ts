import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'
import { OffsetGone } from '../errors/offset-gone.ts'
import type { ReadResult } from '../kafka/positioned-read.ts'
import type { ReaderPool } from '../kafka/reader-pool.ts'
import type { EventDecoder } from '../reading/event-decoder.ts'
import type { Positions } from '../reading/positions.ts'
import type { OffsetRange } from './frame.ts'
import { placeOf, positionOf, type ReadTopic } from './read-topic.ts'
import { type StreamRecord, streamRecord } from './stream-record.ts'

export interface HistoryParts {
  records: Pick<ReaderPool, 'read'>
  decoder: Pick<EventDecoder, 'open'>
  positions: Pick<Positions, 'gaps'>
}

/** Who wants a page, and whether he still does. */
export interface Asking {
  caller: string
  signal: AbortSignal
}

/** Some of the history of one topic. */
export interface HistoryPage {
  of: ReadTopic
  /** What Kafka has no more; comes before the records. */
  gaps: OffsetRange[]
  records: StreamRecord[]
  next: ReadonlyMap<number, number>
}

const pageEvents = 1_000
const readLimitMs = 10_000
const retryMs = 1_000
const tailPatienceMs = 500

/** Whether another attempt may go better. */
const passes = (error: unknown): boolean =>
  error instanceof GatewayError && ['kafka-unavailable', 'registry-unavailable', 'gateway-full'].includes(error.code)

/** What readers read that are not at the end: from Kafka, by the consumers of a pool, a page at a time. */
export class History {
  readonly #parts: HistoryParts

  constructor(parts: HistoryParts) {
    this.#parts = parts
  }

  /**
   * A page of a topic that is behind what its rings hold; undefined where it was enough to wait for the tail. While Kafka or
   * the registry is away it waits and tries again. Rejects with the signal's reason, or with `topic-not-found`.
   */
  async page(topics: readonly ReadTopic[], maxBytes: number, asking: Asking): Promise<HistoryPage | undefined> {
    const behind = topics.find((topic) => partitionsAt(topic, 'behind').length > 0)
    if (behind) return this.#read(behind, partitionsAt(behind, 'behind'), maxBytes, asking)
    const ahead = topics.find((topic) => partitionsAt(topic, 'ahead').length > 0)
    if (!ahead || (await this.#tailMoves(ahead, asking.signal))) return undefined
    return this.#read(ahead, partitionsAt(ahead, 'ahead'), maxBytes, asking)
  }

  async #tailMoves({ followed }: ReadTopic, signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const forget = followed.onceMoved(() => resolve(true))
    try {
      return await Promise.race([promise, delay(tailPatienceMs, false, { signal })])
    } finally {
      forget()
    }
  }

  async #read(
    of: ReadTopic,
    partitions: readonly number[],
    maxBytes: number,
    { signal, caller }: Asking,
  ): Promise<HistoryPage> {
    const positions = new Map(partitions.map((partition) => [partition, of.next.get(partition) ?? 0]))
    const { topic, contract } = of.followed
    try {
      const read = () =>
        this.#parts.records.read({
          topic,
          positions,
          maxEvents: pageEvents,
          maxBytes,
          timeoutMs: readLimitMs,
          signal,
          caller,
        })
      const { records, next } = await untilItPasses<ReadResult>(read, signal)
      const opened: StreamRecord[] = []
      for (const record of records) {
        const eventAs = await untilItPasses(() => this.#parts.decoder.open(record, contract), signal)
        opened.push(streamRecord(record, eventAs, 0))
      }
      return { of, gaps: [], records: opened, next }
    } catch (error) {
      if (!(error instanceof OffsetGone)) throw error
      const gaps = await untilItPasses(() => this.#parts.positions.gaps({ ...positionOf(of), next: positions }), signal)
      const next = new Map(gaps.map(({ partition, to }) => [partition, to]))
      return { of, gaps: gaps.map((gap) => ({ topic, ...gap })), records: [], next }
    }
  }
}

const partitionsAt = (topic: ReadTopic, place: 'behind' | 'ahead'): number[] =>
  [...topic.next.keys()].filter((partition) => placeOf(topic, partition) === place)

async function untilItPasses<T>(attempt: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted || !passes(error)) throw error
      await delay(retryMs, undefined, { signal })
    }
  }
}
