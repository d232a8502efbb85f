import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../errors/gateway-error.ts'
import { shortened } from '../errors/shortened.ts'
import { exactNumber } from './exact-number.ts'
import { ExactNumber, type JsonValue } from './json-value.ts'
import { repeatedMember } from './repeated-member.ts'
import { scanJson } from './scan-json.ts'

interface ReviverContext {
  source?: string
}

type SourceReviver = (name: string, value: unknown, context: ReviverContext) => unknown
const maxNumberLength = 1024
const parse = JSON.parse as (text: string, reviver?: SourceReviver) => JsonValue

/**
 * Strict JSON from UTF-8 bytes (RFC 8259, as I-JSON, RFC 7493, narrows it): a byte order mark is skipped; numbers keep all
 * their digits; repeated names, lone surrogates, nesting beyond `maxDepth` and more values than `maxValues` are errors. (Bytes alone do
 * not bound the time: a million names in one object take a second, and so do as many values beside a number that is not exact.)
 * Throws GatewayError `malformed-json`, whose message quotes nothing of the input but a pointer.
 */
export function parseJson(bytes: Buffer, maxDepth: number, maxValues = Number.POSITIVE_INFINITY): JsonValue {
  if (!isUtf8(bytes)) throw malformed('The body is not UTF-8.')
  const text = bytes.toString('utf8', hasByteOrderMark(bytes) ? 3 : 0)
  const scan = scanJson(text)
  if (scan.depth > maxDepth) throw malformed(`The JSON is nested deeper than ${maxDepth} levels.`)
  if (scan.values > maxValues) throw malformed(`The JSON has more than ${maxValues} values (limits.jsonValues).`)
  const value = parseText(text, scan.hasInexactNumber)
  if (scan.members !== countMembers(value)) {
    throw malformed(`The JSON has a name twice in the same object, at ${quoted(repeatedMember(text))}.`)
  }
  if (scan.hasSurrogateEscape && !isWellFormed(value)) {
    throw malformed(
      'The JSON has a string with half a surrogate pair (such as "\\ud800"), which no encoding can carry.',
    )
  }
  return value
}

const malformed = (detail: string): GatewayError => new GatewayError('malformed-json', detail)

const quoted = (pointer: string): string => `"${shortened(pointer, 81)}"`

const hasByteOrderMark = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

function parseText(text: string, exactly: boolean): JsonValue {
  try {
    return exactly ? parse(text, keepDigits) : parse(text)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw malformed(`The body is not valid JSON${placeOf(error, text)}.`)
  }
}

const keepDigits: SourceReviver = (_name, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value
  if (source.length > maxNumberLength)
    throw malformed(`The JSON has a number of more than ${maxNumberLength} characters.`)
  return exactNumber(source, value)
}

function placeOf(error: unknown, text: string): string {
  if (text.trim() === '') return ': it is empty'
  const message = error instanceof Error ? error.message : ''
  const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(message)
  if (place) return `, ${place[0]}`
  return /end of JSON input/.test(message) ? ': it ends too early' : ''
}

function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') members += countMembers(item)
    return members
  }
  for (const name in value) {
    members++
    const member = value[name]
    if (typeof member === 'object') members += countMembers(member)
  }
  return members
}

function isWellFormed(value: JsonValue): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return true
  if (Array.isArray(value)) return value.every(isWellFormed)
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member))
}
