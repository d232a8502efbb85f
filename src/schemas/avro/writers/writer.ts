import { ExactNumber, type JsonValue } from '../../../json/json-value.ts'
import type { Encoding } from '../encoding.ts'

/** Judges and writes the values of one schema node. */
export interface Writer {
  /** The {@link Shape}s that may match, one bit each. */
  readonly shapes: number
  /** Appends the value; where it does not match, records every violation and appends whatever it likes. */
  encode(value: JsonValue, run: Encoding): void
  /** Whether `encode` would record no violation. */
  matches(value: JsonValue, run: Encoding): boolean
}

/** What a look at a value tells of the types that it may be. */
export const Shape = { null: 1, boolean: 2, number: 4, string: 8, array: 16, object: 32, notFinite: 64 } as const

export function shapeOf(value: JsonValue): number {
  switch (typeof value) {
    case 'string':
      return isNotFinite(value) ? Shape.string | Shape.notFinite : Shape.string
    case 'number':
      return Shape.number
    case 'boolean':
      return Shape.boolean
    default:
      if (value === null) return Shape.null
      if (Array.isArray(value)) return Shape.array
      return value instanceof ExactNumber ? Shape.number : Shape.object
  }
}

/** The strings that stand for the floating-point values that JSON has no numbers for. */
export const isNotFinite = (text: string): boolean => text === 'NaN' || text === 'Infinity' || text === '-Infinity'

/** A writer of values without parts: judging one is writing it to see. */
export function scalarWriter(shapes: number, encode: Writer['encode']): Writer {
  return { shapes, encode, matches: (value, run) => run.tries(encode, value) }
}
