import { appendSpan, done, type Span } from './span.ts'

/** What is known of offsets that were not taken yet: from the metadata of a commit, and from tokens that came first. */
export class Ahead {
  #spans: Span[]

  constructor(spans: readonly Span[]) {
    this.#spans = spans.map((span) => ({ ...span }))
  }

  get end(): number {
    return this.#spans.at(-1)?.end ?? 0
  }

  valueAt(offset: number): number {
    for (const { start, end, value } of this.#spans) {
      if (start > offset) break
      if (offset < end) return value
    }
    return 0
  }

  /** The offset up to before which all is done from here on; the same one where the event here is not. */
  doneUpTo(offset: number): number {
    const [first] = this.#spans
    return first?.value === done && first.start <= offset && offset < first.end ? first.end : offset
  }

  markDone(offset: number): void {
    const marked: Span[] = []
    const add = (start: number, end: number, value: number): void => {
      if (start >= end) return
      const gap = marked.at(-1)?.end ?? start
      if (gap < start) appendSpan(marked, gap, start, 0, 0)
      appendSpan(marked, start, end, value, end - start)
    }
    for (const { start, end, value } of this.#spans) add(start, Math.min(end, offset), value)
    add(offset, offset + 1, done)
    for (const { start, end, value } of this.#spans) add(Math.max(start, offset + 1), end, value)
    this.#spans = marked
  }

  /** What lies before the offset is not ahead any more. */
  dropBefore(offset: number): void {
    while (this.#spans[0] && this.#spans[0].end <= offset) this.#spans.shift()
  }

  appendTo(spans: Span[], from: number): void {
    let at = from
    for (const { start, end, value } of this.#spans) {
      if (end <= at) continue
      if (start > at) appendSpan(spans, at, start, 0, 0)
      appendSpan(spans, Math.max(at, start), end, value, end - Math.max(at, start))
      at = end
    }
  }
}
