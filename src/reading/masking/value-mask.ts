import { appendSegment } from '../../json/json-pointer.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.ts'
import type { PseudonymOf } from './pseudonyms.ts'

/**
 * A value as it is shown; undefined where it is dropped. What is given is not changed. Places that were masked are
 * added to `masked`, with `*` for members and items that are not named.
 */
export type ValueMask = (value: JsonValue, at: string, masked: Set<string>) => JsonValue | undefined

/** Undefined where a member is shown as it is. */
export type MemberMask = ValueMask | undefined

export interface MemberMasks {
  named: ReadonlyMap<string, MemberMask>
  /** Of members that are not named. */
  any: MemberMask
}

const mostNoted = 100

const note = (masked: Set<string>, at: string): void => {
  if (masked.size < mostNoted) masked.add(at)
}

export const maskWhole: ValueMask = (_value, at, masked) => {
  note(masked, at)
  return null
}

export const dropWhole: ValueMask = (_value, at, masked) => {
  note(masked, at)
  return undefined
}

export const hashWhole =
  (pseudonymOf: PseudonymOf): ValueMask =>
  (value, at, masked) => {
    note(masked, at)
    return pseudonymOf(value)
  }

/** Of a record: only of the fields that are masked. */
export function recordMask(fields: ReadonlyMap<string, ValueMask>): ValueMask {
  return (value, at, masked) => {
    if (!isJsonObject(value)) return maskWhole(value, at, masked)
    const shown: JsonObject = { ...value }
    for (const [name, mask] of fields) {
      const member = mask(value[name] ?? null, appendSegment(at, name), masked)
      if (member === undefined) delete shown[name]
      else shown[name] = member
    }
    return shown
  }
}

/** Of a map, an array or JSON without a schema; `scalar` is for what is neither object nor array. */
export function membersMask({ named, any }: MemberMasks, scalar: MemberMask): ValueMask {
  const shownMember = (name: string, value: JsonValue, at: string, masked: Set<string>): JsonValue | undefined => {
    const isNamed = named.has(name)
    const mask = isNamed ? named.get(name) : any
    return mask ? mask(value, isNamed ? appendSegment(at, name) : `${at}/*`, masked) : value
  }
  return (value, at, masked) => {
    if (Array.isArray(value)) {
      const shown = value.map((item, index) => shownMember(String(index), item, at, masked))
      return shown.filter((item) => item !== undefined)
    }
    if (!isJsonObject(value)) return scalar ? scalar(value, at, masked) : value
    const members = Object.entries(value).map(
      ([name, member]) => [name, shownMember(name, member, at, masked)] as const,
    )
    // Unlike assignments, this makes a member of a name such as __proto__, too.
    return Object.fromEntries(members.filter((member): member is [string, JsonValue] => member[1] !== undefined))
  }
}
