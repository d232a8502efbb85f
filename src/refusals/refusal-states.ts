import type { SettledState } from './refusal-record.ts'

export type RefusalState = 'open' | SettledState

const states = [undefined, 'open', 'replayed', 'discarded'] as const
const leastBytes = 1_024

/**
 * What became of each refusal of a log: one byte for each of its offsets, read from its records in their order. A mark comes
 * after what it is of, and so outlives it: retention takes a log from its beginning. Pure.
 */
export class RefusalStates {
  #base: number
  #next: number
  #bytes = new Uint8Array(leastBytes)
  #open = 0

  constructor(first: number) {
    this.#base = first
    this.#next = first
  }

  /** The first offset that has not been read. */
  get next(): number {
    return this.#next
  }

  get first(): number {
    return this.#base
  }

  get open(): number {
    return this.#open
  }

  refused(offset: number): void {
    if (this.of(offset) === undefined) this.#set(offset, 'open')
  }

  /** The first mark of a refusal is its end. */
  marked(of: number, state: SettledState): void {
    if (this.of(of) === 'open') this.#set(of, state)
  }

  /** Everything before the offset has been read. */
  readTo(next: number): void {
    this.#next = Math.max(this.#next, next)
  }

  /** Retention has taken what was before. */
  trim(first: number): void {
    if (first <= this.#base) return
    for (let offset = this.#base; offset < Math.min(first, this.#next); offset++) {
      if (this.of(offset) === 'open') this.#open--
    }
    this.#bytes = this.#bytes.slice(Math.min(first - this.#base, this.#bytes.length))
    this.#base = first
    this.#next = Math.max(this.#next, first)
  }

  /** Undefined where no refusal is at the offset. */
  of(offset: number): RefusalState | undefined {
    return states[this.#bytes[offset - this.#base] ?? 0]
  }

  /** The first open refusal at or after the offset; undefined where there is none. */
  firstOpen(from: number): number | undefined {
    for (let offset = Math.max(from, this.#base); offset < this.#next; offset++) {
      if (this.of(offset) === 'open') return offset
    }
    return undefined
  }

  #set(offset: number, state: RefusalState): void {
    const index = offset - this.#base
    if (index < 0) return
    if (index >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(index + 1, this.#bytes.length * 2, leastBytes))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    if (state === 'open') this.#open++
    else if (this.of(offset) === 'open') this.#open--
    this.#bytes[index] = states.indexOf(state)
    this.readTo(offset + 1)
  }
}
