import { isWithin } from '../names.ts'
import { found, nothing, quoted, type Rule } from '../rule.ts'

export const forbiddenTypes: Rule = {
  since: 1,
  check(part, { 'forbidden-types': { types } }) {
    if (part.part !== 'type') return nothing
    const { kind, name, logicalType } = part
    const forbidden = types.find((type) => type === kind || type === logicalType || (name && isWithin(name, type)))
    if (forbidden === undefined) return nothing
    const its = forbidden === kind || forbidden === logicalType ? forbidden : (name ?? kind)
    const message = `The type ${quoted(its)} is not allowed${its === forbidden ? '' : ` (${quoted(forbidden)} is listed)`}.`
    return found(part, '', message, 'Use another type.')
  },
}
