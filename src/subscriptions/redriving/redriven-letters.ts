import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../../errors/gateway-error.ts'
import type { ReaderPool } from '../../kafka/reader-pool.ts'
import type { TopicCatalog } from '../../kafka/topic-catalog.ts'
import type { AddressedRecord } from '../../kafka/transactional-producer.ts'
import { OffsetSet } from './offset-set.ts'

export interface RedrivenLettersParts {
  /** Of the topic. */
  name: string
  topics: Pick<TopicCatalog, 'offsets' | 'endOf'>
  records: Pick<ReaderPool, 'read'>
}

/** One partition of a topic of dead letters, for one subscription. */
export interface LetterPartition {
  subscription: string
  topicId: string
  partition: number
}

const partition = 0
const mostTextBytes = 512 * 1024
const lookAgainMs = 50
const limitMs = 15_000
const readBytes = 4 * 1024 * 1024

/**
 * Which dead letters were redriven, in a compacted topic. It is written in the transactions that redrive them, and read anew each time:
 * after the transaction's id is opened, nothing of the subscription's is under way any more.
 */
export class RedrivenLetters {
  readonly #parts: RedrivenLettersParts

  constructor(parts: RedrivenLettersParts) {
    this.#parts = parts
  }

  /** In the order of the partitions. Rejects with `kafka-unavailable`. */
  async read(partitions: readonly LetterPartition[]): Promise<OffsetSet[]> {
    const { name, records } = this.#parts
    const deadline = Date.now() + limitMs
    const [range] = await this.#settledRange(deadline)
    const texts = new Map<string, string>()
    let next = range?.first ?? 0
    while (next < (range?.last ?? 0)) {
      const timeoutMs = Math.max(1, deadline - Date.now())
      const bounds = { maxEvents: 10_000, maxBytes: readBytes, timeoutMs }
      const found = await records.read({ topic: name, positions: new Map([[partition, next]]), ...bounds })
      for (const { key, value } of found.records) if (key && value) texts.set(key.toString(), value.toString())
      next = found.next.get(partition) ?? next
      if (found.atEnd) break
    }
    if (next < (range?.last ?? 0)) throw tooLate()
    return partitions.map((each) => OffsetSet.parse(texts.get(keyOf(each)) ?? ''))
  }

  /** What is to be written with the letters themselves. Throws `redrive-too-scattered` where it would be too much. */
  recordOf(of: LetterPartition, offsets: OffsetSet): AddressedRecord {
    const value = Buffer.from(offsets.text)
    if (value.length > mostTextBytes) {
      const detail =
        'There are too many gaps between the dead letters that were redriven. Redrive those between them first.'
      throw new GatewayError('redrive-too-scattered', detail)
    }
    const record = { partition, key: Buffer.from(keyOf(of)), value, timestamp: Date.now(), headers: [] }
    return { topic: this.#parts.name, record }
  }

  /** Behind a transaction of another subscription that is under way nothing can be seen: it is waited for. */
  async #settledRange(deadline: number) {
    const { name, topics } = this.#parts
    const end = await topics.endOf(name, partition)
    for (;;) {
      const ranges = await topics.offsets(name, [partition])
      if ((ranges[0]?.last ?? 0) >= end) return ranges
      if (Date.now() >= deadline) throw tooLate()
      await delay(lookAgainMs)
    }
  }
}

const keyOf = ({ subscription, topicId, partition: number }: LetterPartition): string =>
  JSON.stringify([subscription, topicId, number])

const tooLate = (): GatewayError =>
  new GatewayError('kafka-unavailable', 'What was redriven before could not be read in time. Nothing was changed.', {
    retryAfterSeconds: 5,
  })
