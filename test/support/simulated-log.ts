import { OffsetGone } from '../../src/errors/offset-gone.ts'
import type { ReadResult } from '../../src/kafka/positioned-read.ts'
import type { StoredRecord } from '../../src/kafka/record.ts'
import type { ReadRequest } from '../../src/kafka/record-reader.ts'
import type { Following, TakeRecords } from '../../src/kafka/tail.ts'

interface Partition {
  /** Offsets of its records; others are holes. */
  offsets: number[]
  first: number
  end: number
}

/** Topics as Kafka keeps them, in memory: what a test appends, deletes and leaves out. */
export class SimulatedLog {
  readonly partitions = new Map<string, Partition>()

  partition(topic: string, partition: number): Partition {
    const key = `${topic}/${partition}`
    const known = this.partitions.get(key) ?? { offsets: [], first: 0, end: 0 }
    this.partitions.set(key, known)
    return known
  }

  /** @param hole offsets that are left out before, as compaction and transactions do */
  append(topic: string, partition: number, hole = 0): void {
    const log = this.partition(topic, partition)
    log.end += hole
    log.offsets.push(log.end)
    log.end += 1
  }

  /** Retention: nothing before the offset is there any more. */
  deleteBefore(topic: string, partition: number, offset: number): void {
    const log = this.partition(topic, partition)
    log.first = Math.max(log.first, Math.min(offset, log.end))
    log.offsets = log.offsets.filter((each) => each >= log.first)
  }

  record(topic: string, partition: number, offset: number): StoredRecord {
    const value = Buffer.from(JSON.stringify({ offset }))
    return { topic, partition, offset, timestamp: 0, key: null, value, headers: [], bytes: 100 }
  }

  /** As the pool of readers does it. */
  read({ topic, positions, maxEvents }: ReadRequest): ReadResult {
    const records: StoredRecord[] = []
    const next = new Map(positions)
    for (const [partition, position] of positions) {
      const { offsets, first, end } = this.partition(topic, partition)
      if (position < first || position > end) throw new OffsetGone(partition, position, first)
      const left = offsets.filter((offset) => offset >= position)
      const taken = left.slice(0, Math.max(0, maxEvents - records.length))
      for (const offset of taken) records.push(this.record(topic, partition, offset))
      next.set(partition, taken.length === left.length ? end : (taken.at(-1) ?? position - 1) + 1)
    }
    return { records, next, atEnd: records.length < maxEvents }
  }
}

/** A tail that moves when it is told to. */
export class SimulatedTail {
  readonly #log: SimulatedLog
  readonly #followed = new Map<string, { take: TakeRecords; next: Map<number, number>; isHeld: boolean }>()

  constructor(log: SimulatedLog) {
    this.#log = log
  }

  follow(topic: string, from: ReadonlyMap<number, number>, take: TakeRecords): Following {
    const followed = { take, next: new Map(from), isHeld: false }
    this.#followed.set(topic, followed)
    return {
      follow: (partition, offset) => followed.next.set(partition, offset),
      hold: () => {
        followed.isHeld = true
      },
      release: () => {
        followed.isHeld = false
      },
      [Symbol.dispose]: () => this.#followed.delete(topic),
    }
  }

  /** At most so many records of each partition, and the end where that is all. */
  move(records: number): void {
    for (const [topic, { take, next, isHeld }] of this.#followed) {
      if (isHeld) continue
      const taken: StoredRecord[] = []
      const ends = new Map<number, number>()
      for (const [partition, position] of next) {
        const { offsets, first, end } = this.#log.partition(topic, partition)
        if (position < first) continue
        const left = offsets.filter((offset) => offset >= position)
        for (const offset of left.slice(0, records)) taken.push(this.#log.record(topic, partition, offset))
        const place = left.length <= records ? end : (left[records] as number)
        if (left.length <= records && end > position) ends.set(partition, end)
        next.set(partition, place)
      }
      if (taken.length > 0 || ends.size > 0) take(taken, ends)
    }
  }
}
