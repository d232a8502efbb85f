import { varintSize } from '../../signing/varint.ts'
import { transition } from './event-states.ts'
import { LedgerEvent } from './ledger-event.ts'
import type { Claim } from './metadata-room.ts'
import { Queue } from './queue.ts'
import type { Span } from './span.ts'

/** The events from the first that is not done up to the last that was taken, by offset; what is done among them in runs. */
export class EventWindow<T> {
  readonly #events = new Queue<LedgerEvent<T>>()
  #done = 0

  get length(): number {
    return this.#events.length
  }

  get first(): LedgerEvent<T> | undefined {
    return this.#events.first
  }

  push(event: LedgerEvent<T>): void {
    this.#events.push(event)
  }

  /** Of an offset beyond all others. */
  pushDone(offset: number): void {
    const { last } = this.#events
    if (!last || last.state === 'done') return
    const event = new LedgerEvent<T>(null, { offset, bytes: 0, key: null, deliveries: 0 })
    event.state = transition(event.state, 'skip').to
    this.#events.push(event)
    this.#done++
  }

  /** An event of the window has become done. */
  settle(): void {
    this.#done++
    while (this.#events.first?.state === 'done') {
      this.#events.dropFirst()
      this.#done--
    }
    if (this.#done > 64 && this.#done * 2 > this.#events.length) this.#merge()
  }

  /** Undefined where the window has none at the offset, or only what is done. */
  find(offset: number): LedgerEvent<T> | undefined {
    const { first } = this.#events
    if (!first || offset < first.offset) return undefined
    const found = this.#events.at(this.#placeOf(offset))
    return found.offset === offset ? found : undefined
  }

  /** What it takes to remember so many deliveries of the event; `end` is that of all spans. */
  claimFor(event: LedgerEvent<T>, deliveries: number, end: number): Claim {
    const place = this.#placeOf(event.offset)
    const to = place + 1 < this.#events.length ? this.#events.at(place + 1).offset : end
    const isTorn = place > 0 && this.#events.at(place - 1).value === 0
    const tornBytes = isTorn ? varintSize((end - this.#events.at(0).offset) * 4) : 0
    return { from: event.offset, to, deliveries, tornBytes }
  }

  /** Without a gap up to `next`: what lies between two events goes with the first. */
  spans(next: number): Span[] {
    const spans: Span[] = []
    let span: Span | undefined
    for (let place = 0; place < this.#events.length; place++) {
      const { offset, value } = this.#events.at(place)
      if (span?.value === value) {
        span.events++
        continue
      }
      if (span) span.end = offset
      span = { start: offset, end: next, value, events: 1 }
      spans.push(span)
    }
    return spans
  }

  toArray(): LedgerEvent<T>[] {
    return this.#events.toArray()
  }

  /** Of the last event at the offset or before it; there has to be one. */
  #placeOf(offset: number): number {
    // Where there are neither holes nor runs it stands just there; otherwise before.
    let high = Math.min(offset - this.#events.at(0).offset, this.#events.length - 1)
    let low = this.#events.at(high).offset <= offset ? high : 0
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#events.at(middle).offset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  #merge(): void {
    const merged: LedgerEvent<T>[] = []
    this.#done = 0
    for (let place = 0; place < this.#events.length; place++) {
      const event = this.#events.at(place)
      const last = merged.at(-1)
      if (event.state === 'done' && last?.state === 'done') continue
      if (event.state === 'done') this.#done++
      merged.push(event)
    }
    this.#events.replace(merged)
  }
}
