import { shortened } from '../../errors/shortened.ts'
import { ExactNumber, type JsonValue, jsonTypeOf } from '../../json/json-value.ts'

const mostCharacters = 40

/** A value's JSON type and at most 40 characters of it: `string "Some text that is l…"`. */
export function found(value: JsonValue): string {
  if (typeof value === 'string') {
    const escaped = JSON.stringify(value.slice(0, mostCharacters + 1)).slice(1, -1)
    return `string "${shortened(escaped, mostCharacters)}"`
  }
  if (value === null || (typeof value === 'object' && !(value instanceof ExactNumber))) return jsonTypeOf(value)
  return `${jsonTypeOf(value)} ${shortened(value instanceof ExactNumber ? value.text : String(value), mostCharacters)}`
}
