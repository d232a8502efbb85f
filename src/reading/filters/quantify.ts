import type { Event } from '../event.ts'
import { isObject, type ListItem, plain, type Value } from './filter-value.ts'

/** The items of a list, or the names of an object's members. */
export function itemsOf(range: Value): readonly ListItem[] | undefined {
  if (Array.isArray(range)) return range
  return isObject(range) ? Object.keys(range) : undefined
}

/**
 * `exists` ends at the first true, `all` at the first false; where neither comes, an item without an answer leaves the
 * whole without one.
 */
export function quantify(
  items: readonly ListItem[],
  decisive: boolean,
  hold: (item: Value) => void,
  test: (event: Event) => Value,
  event: Event,
): boolean | undefined {
  let isSure = true
  for (const item of items) {
    hold(plain(item))
    const answer = test(event)
    if (answer === decisive) return decisive
    if (typeof answer !== 'boolean') isSure = false
  }
  return isSure ? !decisive : undefined
}
