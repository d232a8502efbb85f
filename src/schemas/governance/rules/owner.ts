import { appendSegment } from '../../../json/json-pointer.ts'
import { isJsonObject } from '../../../json/json-value.ts'
import { oneOf } from '../../avro/encoding.ts'
import { found, nothing, quoted, type Rule } from '../rule.ts'

/** Asked of named types at the top only: a key that is a mere `string` has no place for it. */
export const owner: Rule = {
  since: 1,
  check(part, { owner: { attribute, allowed } }) {
    if (part.part !== 'type' || !part.isTop || !part.name || part.kind === 'reference') return nothing
    const its = isJsonObject(part.json) && Object.hasOwn(part.json, attribute) ? part.json[attribute] : undefined
    const segments = its === undefined ? '' : appendSegment('', attribute)
    const example = allowed[0] ?? 'team@example.org'
    const fix = `Write ${JSON.stringify(attribute)}: ${JSON.stringify(example)}.`
    if (typeof its !== 'string' || its.trim() === '') {
      return found(part, segments, `The ${part.kind} ${quoted(part.name)} names no owner.`, fix)
    }
    if (allowed.length === 0 || allowed.includes(its)) return nothing
    return found(part, segments, `The owner ${quoted(its)} is not ${oneOf(allowed)}.`, fix)
  },
}
