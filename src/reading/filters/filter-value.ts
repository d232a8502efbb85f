import { ExactNumber, type JsonObject, type JsonValue } from '../../json/json-value.ts'
import { literalNumber } from './filter-numbers.ts'

/** What `.?` and `[?]` give where there is nothing. */
export const none = Symbol('none')

/**
 * What a part of a filter may be for an event. Undefined is "no answer": a member that is not there, a wrong type, a
 * division by zero. Items of lists and members of objects are as the event has them: see {@link plain}.
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | typeof none
  | readonly ListItem[]
  | JsonObject

export type ListItem = JsonValue | Value

/** What is known of a value before there is an event. */
export type Kind = 'any' | 'null' | 'bool' | 'number' | 'string' | 'time' | 'list' | 'object' | 'optional'

export const kindNames: Readonly<Record<Kind, string>> = {
  any: 'anything',
  null: 'null',
  bool: 'a bool',
  number: 'a number',
  string: 'a string',
  time: 'a timestamp',
  list: 'a list',
  object: 'an object',
  optional: 'optional (end it with orValue or hasValue)',
}

/** Numbers of an event are numbers, and bigints where a double would not hold them. */
export function plain(item: ListItem): Value {
  return item instanceof ExactNumber ? literalNumber(item.text) : item
}

export function isObject(value: Value): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** A member of an object, its own and never one of JavaScript's. */
export function memberOf(value: Value, name: string): Value {
  return isObject(value) && Object.hasOwn(value, name) ? plain(value[name]) : undefined
}

export function itemOf(value: Value, index: Value): Value {
  if (typeof index === 'string') return memberOf(value, index)
  return Array.isArray(value) && typeof index === 'number' ? plain(value[index]) : undefined
}
