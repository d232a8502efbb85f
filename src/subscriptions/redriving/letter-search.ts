import type { ReaderPool } from '../../kafka/reader-pool.ts'
import type { StoredRecord } from '../../kafka/record.ts'
import type { PartitionRange } from '../../kafka/topic-catalog.ts'
import type { DeadLetter, DeadLetterHeaders } from '../dead-letter.ts'
import type { Subscription } from '../subscription.ts'
import type { OffsetSet } from './offset-set.ts'

export interface LetterChoice {
  max: number
  why?: DeadLetter['why']
  reason?: string
  /** Milliseconds since the epoch: dead since then, and before that. */
  since?: number
  until?: number
}

export interface LetterPlace {
  partition: number
  offset: number
}

export type RedriveWish = { letters: readonly LetterPlace[] } | LetterChoice

export interface LetterResult {
  result: 'redriven' | 'already-redriven' | 'not-found'
}

export interface SearchResult {
  found: FoundLetter[]
  /** Not all letters were looked at. */
  more: boolean
  /** Of letters that were named, in their order. */
  results?: LetterResult[]
}

/** A partition of the topic of dead letters, and what of it was redriven. */
export interface SearchedPartition extends PartitionRange {
  redriven: OffsetSet
}

export interface FoundLetter {
  record: StoredRecord
  letter: DeadLetter
}

export interface SearchParts {
  records: Pick<ReaderPool, 'read'>
  headers: Pick<DeadLetterHeaders, 'read'>
}

const readEvents = 1_000
const readBytes = 4 * 1024 * 1024
const mostBytes = 16 * 1024 * 1024
const limitMs = 20_000

/** Looks for dead letters of a subscription that were not redriven yet. */
export class LetterSearch {
  readonly #parts: SearchParts
  readonly #subscription: Subscription
  readonly #topic: string
  readonly #deadline = Date.now() + limitMs

  constructor(parts: SearchParts, subscription: Subscription, topic: string) {
    this.#parts = parts
    this.#subscription = subscription
    this.#topic = topic
  }

  /** What is found counts as redriven from then on. */
  redrivable(partitions: readonly SearchedPartition[], wish: RedriveWish): Promise<SearchResult> {
    return 'letters' in wish ? this.#named(partitions, wish.letters) : this.#chosen(partitions, wish)
  }

  /** The oldest of each partition first. */
  async #chosen(partitions: readonly SearchedPartition[], choice: LetterChoice): Promise<SearchResult> {
    const found: FoundLetter[] = []
    let bytes = 0
    const isFull = () => found.length >= choice.max || bytes >= mostBytes || Date.now() >= this.#deadline
    for (const { partition, first, last, redriven } of partitions) {
      let next = redriven.nextWithout(first)
      while (next < last) {
        if (isFull()) return { found, more: true }
        const read = await this.#read(partition, next, readEvents)
        for (const record of read.records) {
          const letter = redriven.has(record.offset) ? undefined : this.#letterOf(record)
          if (!letter || !isChosen(letter, choice)) continue
          if (isFull()) return { found, more: true }
          found.push({ record, letter })
          redriven.add(record.offset)
          bytes += record.bytes
        }
        if (read.atEnd) break
        next = redriven.nextWithout(read.next.get(partition) ?? last)
      }
    }
    return { found, more: false }
  }

  async #named(partitions: readonly SearchedPartition[], places: readonly LetterPlace[]): Promise<SearchResult> {
    const found: FoundLetter[] = []
    const results: LetterResult[] = []
    for (const { partition, offset } of places) {
      const place = partitions[partition]
      const isThere = place !== undefined && offset >= place.first && offset < place.last
      if (isThere && place.redriven.has(offset)) {
        results.push({ result: 'already-redriven' })
        continue
      }
      const [record] = isThere ? (await this.#read(partition, offset, 1)).records : []
      const letter = record?.offset === offset ? this.#letterOf(record) : undefined
      if (record && letter) {
        found.push({ record, letter })
        place?.redriven.add(offset)
      }
      results.push({ result: letter ? 'redriven' : 'not-found' })
    }
    return { found, more: false, results }
  }

  #read(partition: number, offset: number, maxEvents: number) {
    const timeoutMs = Math.max(1, this.#deadline - Date.now())
    const positions = new Map([[partition, offset]])
    return this.#parts.records.read({ topic: this.#topic, positions, maxEvents, maxBytes: readBytes, timeoutMs })
  }

  #letterOf(record: StoredRecord): DeadLetter | undefined {
    const letter = this.#parts.headers.read(record)
    const { name, topics } = this.#subscription
    // What was of a topic that was taken out since, its receivers perhaps may not read.
    return letter?.subscription === name && topics.includes(letter.origin.topic) ? letter : undefined
  }
}

function isChosen({ why, reason, at }: DeadLetter, choice: LetterChoice): boolean {
  return (
    (choice.why === undefined || why === choice.why) &&
    (choice.reason === undefined || reason === choice.reason) &&
    at >= (choice.since ?? 0) &&
    at < (choice.until ?? Number.POSITIVE_INFINITY)
  )
}
