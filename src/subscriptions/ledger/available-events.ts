import type { LedgerEvent } from './ledger-event.ts'
import { Queue } from './queue.ts'

/** What can be leased, the lowest offset first. Events that have become something else meanwhile stay until they are met. */
export class AvailableEvents<T> {
  /** Taken in the order of their offsets. */
  readonly #taken = new Queue<LedgerEvent<T>>()
  /** Come back, in any order: a binary heap. */
  readonly #returned: LedgerEvent<T>[] = []

  addTaken(event: LedgerEvent<T>): void {
    this.#taken.push(event)
  }

  addReturned(event: LedgerEvent<T>): void {
    const heap = this.#returned
    let place = heap.push(event) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      if ((heap[parent] as LedgerEvent<T>).offset <= event.offset) break
      heap[place] = heap[parent] as LedgerEvent<T>
      place = parent
    }
    heap[place] = event
  }

  peek(): LedgerEvent<T> | undefined {
    while (this.#taken.first && this.#taken.first.state !== 'available') this.#taken.dropFirst()
    while (this.#returned[0] && this.#returned[0].state !== 'available') this.#dropReturned()
    const taken = this.#taken.first
    const [returned] = this.#returned
    return taken && returned ? (taken.offset < returned.offset ? taken : returned) : (taken ?? returned)
  }

  #dropReturned(): void {
    const heap = this.#returned
    const moved = heap.pop() as LedgerEvent<T>
    if (heap.length === 0) return
    let place = 0
    for (let child = 1; child < heap.length; child = place * 2 + 1) {
      const right = heap[child + 1]
      if (right && right.offset < (heap[child] as LedgerEvent<T>).offset) child++
      if ((heap[child] as LedgerEvent<T>).offset >= moved.offset) break
      heap[place] = heap[child] as LedgerEvent<T>
      place = child
    }
    heap[place] = moved
  }
}
