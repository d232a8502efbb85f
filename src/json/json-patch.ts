import { sameNumber } from './exact-number.ts'
import { segmentsOf, valueAt } from './json-pointer.ts'
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts'

/** One operation of a JSON Patch (RFC 6902 §4). */
export type PatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: JsonValue }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; path: string; from: string }

export interface PatchLimits {
  /** Deepest nesting of what comes out. */
  depth: number
  /** Most of what comes out: about its bytes as JSON, and never more than they are. */
  size: number
}

/** An operation that cannot be done: nothing of the patch is. */
export class PatchFault extends Error {
  override readonly name = 'PatchFault'
  /** Of the operation. */
  readonly index: number

  constructor(index: number, message: string) {
    super(message)
    this.index = index
  }
}

/**
 * The value as the patch makes it; the given one stays as it is. Numbers keep all their digits. Throws a {@link PatchFault}.
 * What is copied is shared, so a short patch could stand for more than any memory holds: it is measured before it is added.
 */
export function applyPatch(value: JsonValue, patch: readonly PatchOperation[], limits: PatchLimits): JsonValue {
  let patched = value
  for (const [index, operation] of patch.entries()) {
    try {
      patched = applied(patched, operation, limits)
    } catch (error) {
      throw error instanceof Impossible ? new PatchFault(index, error.message) : error
    }
  }
  return patched
}

class Impossible extends Error {}

function applied(document: JsonValue, operation: PatchOperation, limits: PatchLimits): JsonValue {
  const path = segmentsOf(operation.path)
  switch (operation.op) {
    case 'test':
      if (isEqual(existing(document, operation.path), operation.value)) return document
      throw new Impossible(`what is at "${operation.path}" is not equal to the given value`)
    case 'remove':
      existing(document, operation.path)
      return removed(document, path)
    case 'replace':
      existing(document, operation.path)
      return path.length === 0 ? operation.value : within(document, path, (at, name) => replaced(at, name, operation))
    case 'add':
      return added(document, operation.path, operation.value, limits)
    case 'move': {
      const { from } = operation
      const moved = existing(document, from)
      if (from === operation.path) return document
      if (`${operation.path}/`.startsWith(`${from}/`)) throw new Impossible('a value cannot be moved into itself')
      return added(removed(document, segmentsOf(from)), operation.path, moved, limits)
    }
    case 'copy':
      return added(document, operation.path, existing(document, operation.from), limits)
  }
}

function existing(document: JsonValue, pointer: string): JsonValue {
  const found = valueAt(document, segmentsOf(pointer))
  if (found === undefined) throw new Impossible(`there is nothing at "${pointer}"`)
  return found
}

function added(document: JsonValue, pointer: string, value: JsonValue, { depth, size }: PatchLimits): JsonValue {
  const path = segmentsOf(pointer)
  if (path.length + depthOf(value) > depth)
    throw new Impossible(`the event would be nested deeper than ${depth} levels`)
  if (sizeOf(document) + sizeOf(value) > size) throw new Impossible(`the event would have more than ${size} bytes`)
  if (path.length === 0) return value
  return within(document, path, (at, name) => {
    if (!Array.isArray(at)) return { ...at, [name]: value }
    const index = name === '-' ? at.length : indexIn(at, name, at.length)
    return at.toSpliced(index, 0, value)
  })
}

function removed(document: JsonValue, path: readonly string[]): JsonValue {
  if (path.length === 0) throw new Impossible('the whole cannot be removed')
  return within(document, path, (at, name) => {
    if (Array.isArray(at)) return at.toSpliced(Number(name), 1)
    const { [name]: _removed, ...rest } = at
    return rest
  })
}

function replaced(at: Container, name: string, { value }: { value: JsonValue }): JsonValue {
  return Array.isArray(at) ? at.with(Number(name), value) : { ...at, [name]: value }
}

type Container = JsonValue[] | JsonObject

/** A document in which the object or array that holds the last segment of the path is as `change` makes it. */
function within(
  document: JsonValue,
  path: readonly string[],
  change: (at: Container, name: string) => JsonValue,
): JsonValue {
  const [name = '', ...rest] = path
  if (!Array.isArray(document) && !isJsonObject(document)) throw new Impossible(`nothing can be at "${name}" there`)
  if (rest.length === 0) return change(document, name)
  const inner = valueAt(document, [name])
  if (inner === undefined) throw new Impossible(`there is no "${name}" on the way`)
  const changed = within(inner, rest, change)
  return Array.isArray(document) ? document.with(Number(name), changed) : { ...document, [name]: changed }
}

function indexIn(array: readonly JsonValue[], name: string, most: number): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : Number.NaN
  if (index <= most) return index
  throw new Impossible(`"${name}" is no place in an array of ${array.length}`)
}

/** RFC 6902 §4.6. */
function isEqual(a: JsonValue, b: JsonValue): boolean {
  if (isNumber(a) && isNumber(b)) return sameNumber(a, b)
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index] as JsonValue))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && isEqual(a[name] as JsonValue, b[name] as JsonValue))
}

const isNumber = (value: JsonValue): value is number | ExactNumber =>
  typeof value === 'number' || value instanceof ExactNumber

const innerOf = (value: JsonValue): JsonValue[] =>
  Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []

function depthOf(value: JsonValue): number {
  const isContainer = Array.isArray(value) || isJsonObject(value)
  return innerOf(value).reduce((most: number, each) => Math.max(most, 1 + depthOf(each)), isContainer ? 1 : 0)
}

function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 1
  if (value instanceof ExactNumber) return value.text.length
  const names = isJsonObject(value) ? Object.keys(value).join('').length : 0
  return innerOf(value).reduce((sum: number, each) => sum + sizeOf(each), 1 + names)
}
