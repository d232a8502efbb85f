import { listedIn } from '../names.ts'
import { found, nothing, quoted, type Rule } from '../rule.ts'

export const moneyType: Rule = {
  since: 1,
  check(part, { 'money-type': { names } }) {
    if (part.part !== 'type' || (part.kind !== 'float' && part.kind !== 'double') || !part.field) return nothing
    const { name } = part.field
    if (listedIn(name, names) === undefined) return nothing
    const message = `The field ${quoted(name)} is named like money, and a ${part.kind} cannot hold 0.10 exactly.`
    const fix =
      'Use {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2}, or a long of the smallest unit.'
    return found(part, '', message, fix)
  },
}
