import { type KnownWord, nearestWord } from '../../errors/did-you-mean.ts'
import { mostViolations, type Violation, type ViolationCode } from '../../errors/violation.ts'
import { shownSegment } from '../../json/json-pointer.ts'
import type { JsonValue } from '../../json/json-value.ts'
import type { ByteSink } from '../byte-sink.ts'
import { found } from './found.ts'
import type { Writer } from './writers/writer.ts'

const mostSuggestions = 50
const mostNamed = 12

const messages = {
  'type-mismatch': (expected: string, what: string) => `Expected ${expected}, found ${what}.`,
  'missing-field': (expected: string) => `Required, and absent: ${expected}.`,
  'unknown-field': (expected: string) => `There is no such field: expected ${expected}.`,
  'out-of-range': (expected: string, what: string) => `Outside the range of ${expected}: ${what}.`,
  'not-exact': (expected: string, what: string) => `Cannot be held exactly by ${expected}: ${what}.`,
  'unknown-symbol': (expected: string, what: string) => `Expected ${expected}, found ${what}.`,
  'invalid-format': (expected: string, what: string) => `Expected ${expected}, found ${what}.`,
  'wrong-size': (expected: string) => `The size is wrong: expected ${expected}.`,
  'no-union-branch': (expected: string, what: string) => `Expected ${expected}, found ${what}.`,
  'ambiguous-union': (expected: string) => `Several types of the union match; name the one that is meant: ${expected}.`,
} as const satisfies Partial<Record<ViolationCode, (expected: string, what: string) => string>>

export type FaultCode = keyof typeof messages

/** One event's encoding as it goes: where its bytes go, and what was found wrong so far. */
export class Encoding {
  readonly sink: ByteSink
  /** The first faults; from one more than are listed on, faults are only counted. */
  readonly violations: Violation[] = []
  #faults = 0
  #judged: Map<object, Map<Writer, boolean>> | undefined
  #suggestionsLeft = mostSuggestions

  constructor(sink: ByteSink) {
    this.sink = sink
  }

  /** Records a fault of the value being written; each container above it then adds its own segment to the pointer. */
  fault(code: FaultCode, expected: string, value: JsonValue, suggestion?: string): void {
    this.#add('', code, expected, found(value), suggestion)
  }

  missing(name: string, expected: string): void {
    this.#add(`/${shownSegment(name)}`, 'missing-field', expected, 'nothing')
  }

  unknown(name: string, expected: string, value: JsonValue, known: Iterable<KnownWord>): void {
    const suggestion = this.#isFull ? undefined : this.suggest(name, known)
    this.#add(`/${shownSegment(name)}`, 'unknown-field', expected, found(value), suggestion)
  }

  /** Comparing words is slow: an event full of unknown ones gets suggestions for the first of them only. */
  suggest(word: string, known: Iterable<KnownWord>): string | undefined {
    return this.#suggestionsLeft-- > 0 ? nearestWord(word, known) : undefined
  }

  /** Puts the segment before the pointers of all violations from `first` on. */
  prepend(first: number, segment: string): void {
    const prefix = `/${shownSegment(segment)}`
    for (let index = first; index < this.violations.length; index++) {
      const violation = this.violations[index] as Violation
      violation.pointer = prefix + violation.pointer
    }
  }

  /**
   * Whether the writer takes the value. Remembered by object, for without that a value nested n deep in a union of
   * records, in which several match, is judged 2ⁿ times.
   */
  matches(writer: Writer, value: JsonValue): boolean {
    if (typeof value !== 'object' || value === null) return writer.matches(value, this)
    this.#judged ??= new Map()
    let known = this.#judged.get(value)
    if (known === undefined) {
      known = new Map()
      this.#judged.set(value, known)
    }
    let matches = known.get(writer)
    if (matches === undefined) {
      matches = writer.matches(value, this)
      known.set(writer, matches)
    }
    return matches
  }

  /** Whether a value can be written without a fault; leaves neither bytes nor violations. */
  tries(write: (value: JsonValue, run: Encoding) => void, value: JsonValue): boolean {
    const { length } = this.sink
    const violations = this.violations.length
    const faults = this.#faults
    const suggestions = this.#suggestionsLeft
    this.#suggestionsLeft = 0
    write(value, this)
    this.#suggestionsLeft = suggestions
    const written = this.#faults === faults
    this.#faults = faults
    this.violations.length = violations
    this.sink.cut(length)
    return written
  }

  get #isFull(): boolean {
    return this.violations.length > mostViolations
  }

  #add(pointer: string, code: FaultCode, expected: string, what: string, suggestion?: string): void {
    this.#faults++
    if (this.#isFull) return
    const message = messages[code](expected, what)
    this.violations.push({ pointer, code, message, expected, found: what, ...(suggestion && { suggestion }) })
  }
}

/** `one of A, B, C`, shortened where there are many. */
export function oneOf(names: readonly string[]): string {
  const named = names.slice(0, mostNamed).join(', ')
  return names.length > mostNamed ? `one of ${named} and ${names.length - mostNamed} more` : `one of ${named}`
}
