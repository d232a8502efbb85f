import type { NameStyle } from '../../../config/sections/governance.ts'
import { hasStyle, inStyle } from '../names.ts'
import { type Found, found, nothing, quoted, type Rule } from '../rule.ts'
import type { SchemaPlace } from '../schema-part.ts'
import { symbolsOf } from '../written-type.ts'

export const typeName: Rule = {
  since: 1,
  check(part, { 'type-name': { styles } }) {
    if (part.part !== 'type' || !part.name || part.kind === 'reference') return nothing
    const name = part.name.slice(part.name.lastIndexOf('.') + 1)
    return misnamed(part, '/name', `The ${part.kind}`, name, styles)
  },
}

export const fieldName: Rule = {
  since: 1,
  check(part, { 'field-name': { styles } }) {
    return part.part === 'field' && part.name ? misnamed(part, '/name', 'The field', part.name, styles) : nothing
  },
}

export const symbolName: Rule = {
  since: 1,
  check(part, { 'symbol-name': { styles } }) {
    if (part.part !== 'type' || part.kind !== 'enum') return nothing
    return symbolsOf(part.json).flatMap((symbol, index) =>
      misnamed(part, `/symbols/${index}`, 'The symbol', symbol, styles),
    )
  },
}

function misnamed(
  at: SchemaPlace,
  segments: string,
  what: string,
  name: string,
  styles: readonly NameStyle[],
): readonly Found[] {
  if (hasStyle(name, styles)) return nothing
  const [first] = styles
  const better = first && inStyle(name, first)
  const fix = better && hasStyle(better, styles) ? `Call it ${quoted(better)}` : 'Give it another name'
  const alias = what === 'The symbol' ? '' : ', with the old name among its "aliases" where events have it'
  return found(at, segments, `${what} ${quoted(name)} is not in ${styles.join(' or ')}.`, `${fix}${alias}.`)
}
