import { shortened } from '../errors/shortened.ts'
import { segmentsOf } from '../json/json-pointer.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts'
import { queryFault } from './query-fault.ts'

/** Which members of an event's value a reader wants. */
export interface FieldSelection {
  readonly text: string
  /**
   * A value with those members only, in their structure; without any an empty object or array; null for null. What is
   * given is not changed.
   */
  select(value: JsonValue): JsonValue
}

/** What is wanted of a value: all of it, or what is wanted of some members. */
type Wanted = 'all' | Map<string, Wanted>

const longest = 2_000
const most = 64
const mostShown = 80

/**
 * Reads the parameter `fields`: JSON Pointers (RFC 6901) with commas between them, and '' for the whole value.
 * Throws GatewayError `invalid-parameter`.
 */
export function parseFields(text: string): FieldSelection {
  if (text === '') return { text, select: (value) => value }
  if (text.length > longest) throw queryFault('fields', `is longer than ${longest} characters`)
  const pointers = text.split(',')
  if (pointers.length > most) throw queryFault('fields', `has more than ${most} pointers`)
  const wanted: Wanted = new Map()
  for (const pointer of pointers) want(wanted, segmentsOf(checked(pointer)))
  return { text, select: (value) => selected(value, wanted) ?? nothingOf(value) }
}

function checked(pointer: string): string {
  if (/^(\/([^~]|~[01])*)$/.test(pointer)) return pointer
  throw queryFault('fields', `has "${shortened(pointer, mostShown)}", which is no JSON Pointer such as /properties/mag`)
}

function want(wanted: Map<string, Wanted>, [name = '', ...rest]: readonly string[]): void {
  const before = wanted.get(name)
  if (before === 'all') return
  if (rest.length === 0) {
    wanted.set(name, 'all')
    return
  }
  const inside = before ?? new Map<string, Wanted>()
  wanted.set(name, inside)
  want(inside, rest)
}

/** Undefined where nothing of what is wanted is there. */
function selected(value: JsonValue, wanted: Wanted): JsonValue | undefined {
  if (wanted === 'all') return value
  if (Array.isArray(value)) return selectedItems(value, wanted)
  return isJsonObject(value) ? selectedMembers(value, wanted) : undefined
}

function selectedMembers(value: JsonObject, wanted: Map<string, Wanted>): JsonObject | undefined {
  const members: [string, JsonValue][] = []
  for (const [name, inside] of wanted) {
    const member = Object.hasOwn(value, name) ? selected(value[name] as JsonValue, inside) : undefined
    if (member !== undefined) members.push([name, member])
  }
  // Unlike assignments, this makes a member of a name such as __proto__, too.
  return members.length > 0 ? Object.fromEntries(members) : undefined
}

/** The items that are wanted, in the array's order, one after the other. */
function selectedItems(value: readonly JsonValue[], wanted: Map<string, Wanted>): JsonValue[] | undefined {
  const items: JsonValue[] = []
  for (const [index, inside] of indexesOf(wanted)) {
    const whole = value[index]
    const item = whole === undefined ? undefined : selected(whole, inside)
    if (item !== undefined) items.push(item)
  }
  return items.length > 0 ? items : undefined
}

function indexesOf(wanted: Map<string, Wanted>): [number, Wanted][] {
  return [...wanted]
    .filter(([name]) => /^(0|[1-9]\d{0,8})$/.test(name))
    .map(([name, inside]): [number, Wanted] => [Number(name), inside])
    .sort(([a], [b]) => a - b)
}

function nothingOf(value: JsonValue): JsonValue {
  if (value === null) return null
  return Array.isArray(value) ? [] : {}
}
