import { isNumeric, type Numeric } from './filter-numbers.ts'
import { isObject, plain, type Value } from './filter-value.ts'

export type Ordered = number | string | Date

/** JavaScript compares a number with a bigint exactly. */
export const orders: Readonly<Record<'<' | '<=' | '>' | '>=', (a: Ordered, b: Ordered) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** Whether the two have an order: numbers, strings, bools or timestamps, both of the same. */
export function areOrdered(a: Value, b: Value): boolean {
  switch (typeof a) {
    case 'number':
    case 'bigint':
      return isNumeric(b)
    case 'string':
    case 'boolean':
      return typeof b === typeof a
    default:
      return a instanceof Date && b instanceof Date
  }
}

/**
 * Values of different types are not equal; objects, and lists with lists or objects in them, have no answer, so that
 * comparing costs no more than the smaller of the two.
 */
export function equals(a: Value, b: Value): boolean | undefined {
  if (a === undefined || b === undefined) return undefined
  if (isNumeric(a) && isNumeric(b)) return sameNumber(a, b)
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (Array.isArray(a) && Array.isArray(b)) return sameItems(a, b)
  if (isObject(a) && isObject(b)) return undefined
  return a === b
}

const sameNumber = (a: Numeric, b: Numeric): boolean => a <= b && a >= b

function sameItems(a: readonly Value[], b: readonly Value[]): boolean | undefined {
  if (a.length !== b.length) return false
  let answer: boolean | undefined = true
  for (let index = 0; index < a.length; index++) {
    const item = plain(a[index])
    const same = Array.isArray(item) ? undefined : equals(item, plain(b[index]))
    if (same === false) return false
    if (same === undefined) answer = undefined
  }
  return answer
}

/** Whether a list has an item, or an object a member. */
export function isIn(wanted: Value, range: Value): boolean | undefined {
  if (wanted === undefined) return undefined
  if (Array.isArray(range)) return range.some((item) => equals(wanted, plain(item)) === true)
  return isObject(range) && typeof wanted === 'string' ? Object.hasOwn(range, wanted) : undefined
}
