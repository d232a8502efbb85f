import type { Contract } from '../contracts/contract.ts'
import type { StoredRecord } from '../kafka/record.ts'
import type { Following, Tail } from '../kafka/tail.ts'
import type { EventDecoder, OpenRecord } from '../reading/event-decoder.ts'
import type { OffsetRange } from './frame.ts'
import { Ring } from './ring.ts'
import { type StreamRecord, streamRecord } from './stream-record.ts'

export interface FollowedTopicParts {
  tail: Pick<Tail, 'follow'>
  decoder: Pick<EventDecoder, 'open' | 'maskedBy'>
  ringBytes: number
  /** Of the worker's records, in the order in which they came. */
  nextSequence: () => number
}

export interface TopicStart {
  contract: Contract
  /** Kafka's id of the topic. */
  id: string
  /** The end of each partition, where following begins. */
  ends: ReadonlyMap<number, number>
}

/** Who is told of everything that comes. */
export interface TailListener {
  offer(record: StreamRecord): void
  offerGap(range: OffsetRange): void
  /** The place has moved, without a record. */
  advance(): void
  /** That is all for now. */
  flush(): void
}

const retryMs = 1_000

/**
 * The end of one topic: its latest records, opened once, and the readers that are there. Records that cannot be opened yet, as
 * the registry is away, wait, and with them all that come after.
 */
export class FollowedTopic implements Disposable {
  readonly topic: string
  readonly id: string
  readonly contract: Contract
  readonly rings = new Map<number, Ring>()
  /** Live readers, together with those who read the same topics. */
  readonly listeners = new Set<TailListener>()
  readonly #parts: FollowedTopicParts
  readonly #following: Following
  readonly #moved = new Set<() => void>()
  #queue: StoredRecord[] = []
  #ends = new Map<number, number>()
  #queuedBytes = 0
  #isOpening = false
  #isHeld = false
  #isDisposed = false
  #maskedBy: object | undefined

  constructor({ contract, id, ends }: TopicStart, parts: FollowedTopicParts) {
    this.topic = contract.topic
    this.id = id
    this.contract = contract
    this.#parts = parts
    for (const [partition, offset] of ends) this.rings.set(partition, new Ring(offset, parts.ringBytes))
    this.#following = parts.tail.follow(this.topic, ends, (records, upTo) => this.#take(records, upTo))
  }

  /** It gives nothing more. */
  get hasEnded(): boolean {
    return this.#isDisposed
  }

  /** A partition that was added to the topic. */
  addPartition(partition: number): void {
    this.rings.set(partition, new Ring(0, this.#parts.ringBytes))
    this.#following.follow(partition, 0)
    this.#tell()
  }

  /** The records up to there are gone from Kafka. Where they were not seen, that is a gap. */
  begin(partition: number, first: number): void {
    const ring = this.rings.get(partition)
    if (!ring || ring.next >= first) return
    const gap = { topic: this.topic, partition, from: ring.next, to: first }
    ring.restart(first)
    this.#following.follow(partition, first)
    for (const listener of this.listeners) listener.offerGap(gap)
    this.#flush()
  }

  /** What is kept is read from Kafka again by whoever asks for it, where it was masked by something else. */
  maskedBy(masking: object | undefined): void {
    if (this.#maskedBy === masking) return
    this.#maskedBy = masking
    for (const ring of this.rings.values()) ring.restart(ring.next)
  }

  /** Called once, when the tail has moved on, unless what this gives is called before. */
  onceMoved(call: () => void): () => void {
    this.#moved.add(call)
    return () => void this.#moved.delete(call)
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#following[Symbol.dispose]()
    this.#tell()
  }

  #take(records: readonly StoredRecord[], ends: ReadonlyMap<number, number>): void {
    for (const record of records) {
      this.#queue.push(record)
      this.#queuedBytes += record.bytes
    }
    for (const [partition, offset] of ends) this.#ends.set(partition, offset)
    this.#proceed()
  }

  #proceed(): void {
    if (this.#isOpening) {
      if (this.#queuedBytes > this.#parts.ringBytes) this.#hold()
      return
    }
    const queue = this.#queue
    this.#queue = []
    for (const [index, record] of queue.entries()) {
      const opened = this.#parts.decoder.open(record, this.contract)
      if (opened instanceof Promise) {
        this.#queue = queue.slice(index)
        this.#awaitFirst(opened)
        break
      }
      this.#append(record, opened)
    }
    if (this.#queue.length === 0) this.#finish()
    this.#flush()
  }

  #append(record: StoredRecord, opened: OpenRecord): void {
    this.#queuedBytes -= record.bytes
    const ring = this.rings.get(record.partition)
    if (!ring) return
    const entry: StreamRecord = streamRecord(record, opened, this.#parts.nextSequence())
    ring.push(entry)
    for (const listener of this.listeners) listener.offer(entry)
  }

  /** Partitions may end beyond their last record: in what was aborted, or in a transaction's marker. */
  #finish(): void {
    for (const [partition, offset] of this.#ends) {
      if (!this.rings.get(partition)?.advance(offset)) continue
      for (const listener of this.listeners) listener.advance()
    }
    this.#ends.clear()
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#following.release()
  }

  #flush(): void {
    for (const listener of this.listeners) listener.flush()
    this.#tell()
  }

  #awaitFirst(opened: Promise<OpenRecord>): void {
    this.#isOpening = true
    const goOn = () => {
      if (this.#isDisposed) return
      this.#isOpening = false
      this.#proceed()
    }
    opened.then(goOn, () => setTimeout(goOn, retryMs))
  }

  #hold(): void {
    if (this.#isHeld) return
    this.#isHeld = true
    this.#following.hold()
  }

  #tell(): void {
    const calls = [...this.#moved]
    this.#moved.clear()
    for (const call of calls) call()
  }
}
