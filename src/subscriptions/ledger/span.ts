/** The value of what is done; other values are deliveries, 0 for what was never given. */
export const done = -1

/** What is known of the offsets from `start` up to before `end`: the same of all that have an event. */
export interface Span {
  start: number
  end: number
  value: number
  /** At most so many of the offsets have an event. */
  events: number
}

/** Appends to spans that follow one another without a gap. */
export function appendSpan(spans: Span[], start: number, end: number, value: number, events: number): void {
  const last = spans[spans.length - 1]
  if (last?.value === value) {
    last.end = end
    last.events += events
  } else {
    spans.push({ start, end, value, events })
  }
}
