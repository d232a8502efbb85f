import type { Message } from '@confluentinc/kafka-javascript'
import { toStoredRecord } from './native-record.ts'
import type { StoredRecord } from './record.ts'

export interface ReadLimits {
  maxEvents: number
  /** Of keys, values and headers; the first record is given whatever its size. */
  maxBytes: number
}

export interface ReadResult {
  records: StoredRecord[]
  /** Where to go on, for every partition that was asked for. */
  next: Map<number, number>
  /** Every partition was read to its end. */
  atEnd: boolean
}

/** Collects one read: what fits the limits, and where the next read goes on. Pure. */
export class PositionedRead {
  readonly #topic: string
  readonly #limits: ReadLimits
  readonly #records: StoredRecord[] = []
  readonly #next: Map<number, number>
  readonly #pending: Set<number>
  #bytes = 0
  #isFull = false
  #hasMoved = false

  constructor(topic: string, positions: ReadonlyMap<number, number>, limits: ReadLimits) {
    this.#topic = topic
    this.#limits = limits
    this.#next = new Map(positions)
    this.#pending = new Set(positions.keys())
  }

  get isDone(): boolean {
    return this.#isFull || this.#records.length >= this.#limits.maxEvents || this.#pending.size === 0
  }

  get eventsLeft(): number {
    return this.#limits.maxEvents - this.#records.length
  }

  /** Something was said of the partitions: a record, or the end of one. */
  get hasMoved(): boolean {
    return this.#hasMoved
  }

  /** The positions of the partitions whose end was not seen. */
  get pending(): Map<number, number> {
    return new Map([...this.#next].filter(([partition]) => this.#pending.has(partition)))
  }

  get result(): ReadResult {
    return { records: this.#records, next: this.#next, atEnd: this.#pending.size === 0 && !this.#isFull }
  }

  /** @param ends of partitions: the offset is the next that will be written, beyond gaps and transaction markers. */
  take(messages: readonly Message[], ends: readonly { partition: number; offset: number }[]): void {
    this.#hasMoved ||= messages.length > 0 || ends.length > 0
    const leftOut = new Set<number>()
    for (const message of messages) {
      const position = this.#next.get(message.partition)
      if (message.topic !== this.#topic || position === undefined || message.offset < position) continue
      if (!this.#isFull && this.#add(toStoredRecord(message))) continue
      leftOut.add(message.partition)
    }
    for (const { partition, offset } of ends) {
      const position = this.#next.get(partition)
      if (position === undefined || leftOut.has(partition)) continue
      this.#next.set(partition, Math.max(position, offset))
      this.#pending.delete(partition)
    }
  }

  #add(record: StoredRecord): boolean {
    if (this.#records.length > 0 && this.#bytes + record.bytes > this.#limits.maxBytes) {
      this.#isFull = true
      return false
    }
    this.#records.push(record)
    this.#bytes += record.bytes
    this.#next.set(record.partition, record.offset + 1)
    return true
  }
}
