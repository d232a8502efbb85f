import type { JsonValue } from '../../json/json-value.ts'
import { type Beneath, branchName, type Place, type PlaceRules } from './places.ts'
import type { PseudonymOf } from './pseudonyms.ts'
import { explicitBranch, type MaskedBranch, unionMask } from './union-mask.ts'
import {
  dropWhole,
  hashWhole,
  type MemberMask,
  maskWhole,
  membersMask,
  recordMask,
  type ValueMask,
} from './value-mask.ts'

/** Compiles what is shown of the values of one schema. Each place is compiled once, though types may hold themselves. */
export class MaskCompiler {
  readonly #rules: PlaceRules
  readonly #pseudonymOf: PseudonymOf | undefined
  readonly #masks = new Map<string, ValueMask>()
  readonly #places = new Map<string, readonly Beneath[]>()
  /** Places whose answer to {@link MaskCompiler.#isMixed} is known. */
  readonly #mixed = new Set<string>()
  readonly #uniform = new Set<string>()
  readonly #ids = new Map<object, number>()

  /** @param pseudonymOf without it, what should be hashed is masked */
  constructor(rules: PlaceRules, pseudonymOf: PseudonymOf | undefined) {
    this.#rules = rules
    this.#pseudonymOf = pseudonymOf
  }

  /** Undefined where all of it is shown. */
  maskOf(place: Place): MemberMask {
    if (!this.#isMixed(place)) return this.#whole(place)
    const key = this.#keyOf(place)
    const known = this.#masks.get(key)
    if (known) return known
    let compiled: ValueMask | undefined
    this.#masks.set(key, (value, at, masked) => (compiled as ValueMask)(value, at, masked))
    compiled = this.#parts(place, this.#beneath(key, place))
    this.#masks.set(key, compiled)
    return compiled
  }

  #whole({ form, type }: Place): MemberMask {
    switch (form) {
      case 'show':
        return undefined
      case 'drop':
        return dropWhole
      case 'mask':
        return maskWhole
      case 'hash':
        return this.#pseudonymOf ? hashWhole(unwrapping(this.#pseudonymOf, type)) : maskWhole
    }
  }

  #parts(place: Place, beneath: readonly Beneath[]): ValueMask {
    switch (place.type?.kind) {
      case 'record': {
        const fields = beneath.map(({ name = '', place: field }) => [name, this.maskOf(field)] as const)
        return recordMask(new Map(fields.filter((field): field is [string, ValueMask] => field[1] !== undefined)))
      }
      case 'union': {
        const branches = beneath.map(({ name = '', place: branch }): MaskedBranch => {
          const { type } = branch
          return { name, type: type as NonNullable<Place['type']>, mask: this.maskOf(branch) }
        })
        return unionMask(branches)
      }
      default: {
        const masks = beneath.map(({ name, place: member }) => [name, this.maskOf(member)] as const)
        const named = new Map(masks.filter((member): member is [string, MemberMask] => member[0] !== undefined))
        const [, any] = masks.find(([name]) => name === undefined) ?? []
        return membersMask({ named, any }, this.#whole(place))
      }
    }
  }

  /** Whether something beneath the place becomes something else than the place itself. */
  #isMixed(top: Place): boolean {
    const topKey = this.#keyOf(top)
    const seen = new Set<string>()
    const waiting = [top]
    for (let place = waiting.pop(); place; place = waiting.pop()) {
      const key = this.#keyOf(place)
      if (place.form !== top.form || this.#mixed.has(key)) {
        this.#mixed.add(topKey)
        return true
      }
      if (seen.has(key) || this.#uniform.has(key)) continue
      seen.add(key)
      waiting.push(...this.#beneath(key, place).map((each) => each.place))
    }
    for (const key of seen) this.#uniform.add(key)
    return false
  }

  #beneath(key: string, place: Place): readonly Beneath[] {
    const known = this.#places.get(key) ?? this.#rules.beneath(place)
    this.#places.set(key, known)
    return known
  }

  #keyOf({ type, current, pointers, form, isOther }: Place): string {
    const ids = (nodes: readonly object[]) => nodes.map((node) => this.#idOf(node)).join()
    return `${type ? this.#idOf(type) : ''}|${ids(current)}|${ids(pointers)}|${form}|${isOther}`
  }

  #idOf(node: object): number {
    const known = this.#ids.get(node) ?? this.#ids.size
    this.#ids.set(node, known)
    return known
  }
}

/** A value of a union has the same pseudonym in its explicit form. */
function unwrapping(pseudonymOf: PseudonymOf, type: Place['type']): PseudonymOf {
  if (type?.kind !== 'union') return pseudonymOf
  const branches = type.branches.map((branch) => ({ name: branchName(branch) }))
  return (value: JsonValue) => pseudonymOf(explicitBranch(value, branches)?.inside ?? value)
}
