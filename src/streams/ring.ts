import type { StreamRecord } from './stream-record.ts'

/** The latest records of one partition, up to a number of bytes: all that were visible from `first` up to before `next`. */
export class Ring {
  readonly #maxBytes: number
  #records: StreamRecord[] = []
  #bytes = 0
  #first: number
  #next: number

  constructor(start: number, maxBytes: number) {
    this.#first = start
    this.#next = start
    this.#maxBytes = maxBytes
  }

  get next(): number {
    return this.#next
  }

  /** Whether a reader at the offset can go on here. */
  covers(offset: number): boolean {
    return offset >= this.#first && offset <= this.#next
  }

  push(record: StreamRecord): void {
    this.#records.push(record)
    this.#bytes += record.bytes
    this.#next = record.record.offset + 1
    while (this.#bytes > this.#maxBytes) this.#pushOut()
  }

  /** There is no record before the offset that has not been pushed. */
  advance(offset: number): boolean {
    if (offset <= this.#next) return false
    this.#next = offset
    return true
  }

  /** Begins anew: the records up to there are gone. */
  restart(offset: number): void {
    this.#records = []
    this.#bytes = 0
    this.#first = offset
    this.#next = offset
  }

  from(offset: number): StreamRecord[] {
    let start = this.#records.length
    while (start > 0 && (this.#records[start - 1] as StreamRecord).record.offset >= offset) start--
    return this.#records.slice(start)
  }

  #pushOut(): void {
    const oldest = this.#records.shift() as StreamRecord
    this.#bytes -= oldest.bytes
    this.#first = oldest.record.offset + 1
  }
}
