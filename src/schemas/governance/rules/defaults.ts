import { isJsonObject } from '../../../json/json-value.ts'
import { found, nothing, quoted, type Rule } from '../rule.ts'
import { bareType, branchesOf, isNull, symbolsOf } from '../written-type.ts'

export const nullableDefault: Rule = {
  since: 1,
  check(part) {
    if (part.part !== 'field' || part.json.default !== undefined || part.json.type === undefined) return nothing
    if (!Array.isArray(bareType(part.json.type))) return nothing
    const place = branchesOf(part.json.type).findIndex(isNull)
    if (place < 0) return nothing
    const message = `The field ${quoted(part.name)} may be null, and has no default: who leaves it out is refused.`
    // Up to Avro 1.11 a default is one of the union's first branch.
    return found(
      part,
      '',
      message,
      `${place === 0 ? 'Write' : 'Put "null" first in the union, and write'} "default": null.`,
    )
  },
}

const neutral = /^(unknown|unspecified|undefined|other|none)$/i

export const enumDefault: Rule = {
  since: 1,
  check(part) {
    if (part.part !== 'type' || part.kind !== 'enum') return nothing
    if (isJsonObject(part.json) && part.json.default !== undefined) return nothing
    const message = `The enum ${quoted(part.name ?? '')} has no default: readers with an older version fail at a new symbol.`
    const known = symbolsOf(part.json).find((symbol) => neutral.test(symbol))
    const fix = known ? `Write "default": "${known}".` : 'Add the symbol "UNKNOWN", and write "default": "UNKNOWN".'
    return found(part, '', message, fix)
  },
}
