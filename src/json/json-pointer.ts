import { shortened } from '../errors/shortened.ts'
import { isJsonObject, type JsonValue } from './json-value.ts'

export function escapeSegment(segment: string): string {
  return segment.includes('~') || segment.includes('/') ? segment.replaceAll('~', '~0').replaceAll('/', '~1') : segment
}

const longestSegment = 128

/** A segment as answers show it: of a name that a caller chose, at most 128 characters. */
export function shownSegment(segment: string): string {
  return escapeSegment(shortened(segment, longestSegment))
}

export function appendSegment(pointer: string, segment: string): string {
  return `${pointer}/${escapeSegment(segment)}`
}

/** The segments of an RFC 6901 pointer. `''` has none. */
export function segmentsOf(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What stands at the pointed-to place, or undefined where there is nothing. */
export function valueAt(value: JsonValue, segments: readonly string[]): JsonValue | undefined {
  let here: JsonValue | undefined = value
  for (const segment of segments) {
    if (here === undefined) return undefined
    if (Array.isArray(here)) here = /^(0|[1-9]\d*)$/.test(segment) ? here[Number(segment)] : undefined
    else here = isJsonObject(here) && Object.hasOwn(here, segment) ? here[segment] : undefined
  }
  return here
}
