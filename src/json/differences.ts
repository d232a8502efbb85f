import { isDeepStrictEqual } from 'node:util'
import { appendSegment } from './json-pointer.ts'
import { isJsonObject, type JsonValue } from './json-value.ts'

export interface Difference {
  /** RFC 6901. */
  pointer: string
  /** Undefined: not there. */
  one: JsonValue | undefined
  other: JsonValue | undefined
}

/** Where two values differ: the innermost members of objects; other values as a whole. */
export function differences(one: JsonValue | undefined, other: JsonValue | undefined, pointer = ''): Difference[] {
  if (isDeepStrictEqual(one, other)) return []
  if (!isObject(one) || !isObject(other)) return [{ pointer, one, other }]
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  const memberOf = (value: Record<string, JsonValue>, name: string) =>
    Object.hasOwn(value, name) ? value[name] : undefined
  return [...names].flatMap((name) =>
    differences(memberOf(one, name), memberOf(other, name), appendSegment(pointer, name)),
  )
}

const isObject = (value: JsonValue | undefined): value is Record<string, JsonValue> =>
  value !== undefined && isJsonObject(value)
