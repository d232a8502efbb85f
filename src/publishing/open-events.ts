import type { Outcome, OutcomeName } from './outcome.ts'

export type OutcomeCounts = Record<OutcomeName, number>

/** An event whose outcome is not reported yet. */
export interface OpenEvent {
  readonly line: number
  readonly takenAt: number
  readonly bytes: number
  outcome: Outcome | undefined
  /** Its outcome where what was waited for does not come; undefined: it is not known then. */
  otherwise: Outcome | undefined
  /** The event of the next line. */
  next: OpenEvent | undefined
}

/** Events of one request: their outcomes come in any order, and are reported in the order of the lines. */
export class OpenEvents {
  readonly counts: OutcomeCounts = { published: 0, refused: 0, withheld: 0, failed: 0, unknown: 0 }
  readonly #report: (line: number, outcome: Outcome) => void
  #head: OpenEvent | undefined
  #tail: OpenEvent | undefined
  #count = 0
  #bytes = 0
  #lastLine = 0

  constructor(report: (line: number, outcome: Outcome) => void) {
    this.#report = report
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The last line whose event, and those of all before it, came to a reported outcome. */
  get lastLine(): number {
    return this.#head ? this.#head.line - 1 : this.#lastLine
  }

  add(line: number, takenAt: number, bytes: number, otherwise?: Outcome): OpenEvent {
    const event: OpenEvent = { line, takenAt, bytes, outcome: undefined, otherwise, next: undefined }
    if (this.#tail) this.#tail.next = event
    else this.#head = event
    this.#tail = event
    this.#count++
    this.#bytes += bytes
    this.#lastLine = line
    return event
  }

  /** An event's first outcome is its outcome. */
  settle(event: OpenEvent, outcome: Outcome): void {
    event.outcome ??= outcome
    this.#reportSettled()
  }

  /** Settles what was taken so long ago. */
  expire(now: number, ageMs: number, outcomeAt: (ageMs: number) => Outcome): void {
    for (let event = this.#head; event && now - event.takenAt >= ageMs; event = event.next) {
      event.outcome ??= event.otherwise ?? outcomeAt(now - event.takenAt)
    }
    this.#reportSettled()
  }

  #reportSettled(): void {
    for (let event = this.#head; event?.outcome; event = this.#head) {
      this.#head = event.next
      // Whoever settles may hold an event that expired for minutes, and must not hold all later ones with it.
      event.next = undefined
      this.#count--
      this.#bytes -= event.bytes
      this.counts[event.outcome.outcome]++
      this.#report(event.line, event.outcome)
    }
    if (!this.#head) this.#tail = undefined
  }
}
