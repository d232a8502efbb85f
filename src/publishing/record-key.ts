import type { Contract } from '../contracts/contract.ts'
import type { Violation } from '../errors/violation.ts'
import { bytesOf } from '../json/byte-text.ts'
import { segmentsOf, valueAt } from '../json/json-pointer.ts'
import { ExactNumber, type JsonValue, jsonTypeOf } from '../json/json-value.ts'
import type { EventIn } from './event-in.ts'

export type KeyRule = (event: EventIn) => { key: Buffer | null } | { violation: Violation }

/** The key of an event by its contract: the caller's own, or the canonical text of the field that the contract names. */
export function keyRule({ key: rule, write }: Pick<Contract, 'key' | 'write'>, maxBytes: number): KeyRule {
  const given = rule ? fieldKey(rule.field) : write.key === 'required' ? requiredKey : givenKey
  return (event) => {
    const judged = given(event)
    if (!('key' in judged) || judged.key === null || judged.key.length <= maxBytes) return judged
    return keyFault('key-too-large', 'The key is too large.', `at most ${maxBytes} bytes`, `${judged.key.length} bytes`)
  }
}

const givenKey: KeyRule = ({ key, value }) => {
  if (key !== undefined && key !== null) return { key: bytesOf(key) }
  if (value !== null) return { key: null }
  return keyFault('key-missing', 'A tombstone needs a key: it deletes what the key names.', 'a key', 'none')
}

const requiredKey: KeyRule = (event) => {
  const given = givenKey(event)
  if ('violation' in given || given.key !== null) return given
  return keyFault('key-missing', 'The contract asks for a key.', 'a key', 'none')
}

function fieldKey(field: string): KeyRule {
  const segments = segmentsOf(field)
  return (event) => {
    if (event.value === null) return givenKey(event)
    const found = valueAt(event.value, segments)
    const text = keyText(found)
    if (text === undefined) return unusable(field, found)
    const key = Buffer.from(text, 'utf8')
    if (event.key === undefined || event.key === null || bytesOf(event.key).equals(key)) return { key }
    return keyFault(
      'key-mismatch',
      `The contract takes the key from ${field}; leave the key out, or give the same.`,
      `the value of ${field}`,
      'another key',
    )
  }
}

function keyText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  // A number's own text has all its digits, beyond 2^53 too: else it would be an ExactNumber.
  const digits = typeof value === 'number' ? String(value) : value instanceof ExactNumber ? value.text : ''
  return /^-?\d+$/.test(digits) ? String(BigInt(digits)) : undefined
}

function unusable(field: string, found: JsonValue | undefined): { violation: Violation } {
  return {
    violation: {
      pointer: field,
      code: 'key-missing',
      message: 'The contract takes the key from this field, so it must hold one.',
      expected: 'a string or an integer',
      found: found === undefined ? 'nothing' : jsonTypeOf(found),
    },
  }
}

function keyFault(code: Violation['code'], message: string, expected: string, found: string): { violation: Violation } {
  return { violation: { pointer: '', in: 'key', code, message, expected, found } }
}
