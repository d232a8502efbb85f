import { shortened } from '../../../errors/shortened.ts'
import type { JsonValue } from '../../../json/json-value.ts'
import type { EnumNode } from '../../avro/schema-node.ts'
import type { Change, ChangeKind } from '../change.ts'
import type { Difference, Part } from './difference.ts'
import { symbolsOnlyIn } from './pairing.ts'
import { isField, listed, nameOf, quoted, typeOf, typeText, valueText } from './wording.ts'

type Description = Pick<Change, 'message' | 'before' | 'after'>

/** A difference in words, and what was and is, where that is a short text. */
export function describe({ kind, older, newer }: Difference): Description {
  const { message, before, after } = descriptions[kind](older, newer)
  return {
    message,
    ...(before !== undefined && { before: shortened(before, longestText) }),
    ...(after !== undefined && { after: shortened(after, longestText) }),
  }
}

const longestText = 200

const descriptions: Record<ChangeKind, (older: Part, newer: Part) => Description> = {
  'field-added': (_older, newer) => {
    const fallback = defaultOf(newer)
    const having = fallback === undefined ? 'without a default' : `with the default ${quoted(fallback)}`
    return { message: `The field ${named(newer)} of type ${typeOf(newer)} was added, ${having}.`, after: textOf(newer) }
  },
  'field-removed': (older) => ({
    message: `The field ${named(older)} of type ${typeOf(older)} was removed.`,
    before: textOf(older),
  }),
  'field-renamed': (older, newer) => ({
    message: `The field ${named(older)} is now called ${named(newer)}.`,
    before: nameOf(older),
    after: nameOf(newer),
  }),
  'fields-reordered': (_older, newer) => ({ message: `The fields of ${named(newer)} stand in another order.` }),
  'default-added': (_older, newer) => {
    const after = defaultOf(newer) ?? ''
    return { message: `${subjectOf(newer)} got the default ${quoted(after)}.`, after }
  },
  'default-removed': (older) => {
    const before = defaultOf(older) ?? ''
    return { message: `${subjectOf(older)} lost its default, ${quoted(before)}.`, before }
  },
  'default-changed': (older, newer) => {
    const [before = '', after = ''] = [defaultOf(older), defaultOf(newer)]
    return { message: `The default of ${named(newer)} was ${quoted(before)} and is ${quoted(after)}.`, before, after }
  },
  'type-changed': (older, newer) => ({
    message: `The type was ${typeOf(older)} and is ${typeOf(newer)}.`,
    before: textOf(older),
    after: textOf(newer),
  }),
  'logical-type-changed': (older, newer) => ({
    message: `The type was ${typeOf(older)} and is ${typeOf(newer)}: no level forbids it, yet the same bytes mean something else.`,
    before: textOf(older),
    after: textOf(newer),
  }),
  'name-changed': (older, newer) => ({
    message: `The type ${named(older)} is now called ${named(newer)}.`,
    before: nameOf(older),
    after: nameOf(newer),
  }),
  'namespace-changed': (older, newer) => ({
    message: `The type ${named(older)} moved to another namespace, as ${named(newer)}.`,
    before: nameOf(older),
    after: nameOf(newer),
  }),
  'type-renamed': (older, newer) => ({
    message: `The type ${named(older)} is now called ${named(newer)}, and has its old name as an alias.`,
    before: nameOf(older),
    after: nameOf(newer),
  }),
  'size-changed': (older, newer) => {
    const [before, after] = [sizeOf(older), sizeOf(newer)]
    return { message: `The size of ${named(newer)} was ${before} bytes and is ${after}.`, before, after }
  },
  'symbols-added': (older, newer) => ({
    message: `Symbols were added to ${named(newer)}: ${listed(symbolsOnlyIn(newer as EnumNode, older as EnumNode))}.`,
  }),
  'symbols-removed': (older, newer) => ({
    message: `Symbols were removed from ${named(newer)}: ${listed(symbolsOnlyIn(older as EnumNode, newer as EnumNode))}.`,
  }),
  'symbols-reordered': (_older, newer) => ({ message: `The symbols of ${named(newer)} stand in another order.` }),
  'union-branch-added': (older, newer) => ({
    message: `${typeOf(newer)} was added to what may stand here.`,
    before: textOf(older),
    after: textOf(newer),
  }),
  'union-branch-removed': (older) => ({
    message: `${typeOf(older)} may no longer stand here.`,
    before: textOf(older),
  }),
  'aliases-changed': (_older, newer) => ({ message: `The aliases of ${named(newer)} changed.` }),
  'doc-changed': (_older, newer) => ({ message: `The documentation of ${named(newer)} changed.` }),
}

const named = (part: Part): string => quoted(nameOf(part))

const subjectOf = (part: Part): string => `${isField(part) ? 'The field' : 'The enum'} ${named(part)}`

const textOf = (part: Part): string => typeText(isField(part) ? part.type : part)

function defaultOf(part: Part): string | undefined {
  const value: JsonValue | undefined = 'default' in part ? part.default : undefined
  return value === undefined ? undefined : valueText(value)
}

const sizeOf = (part: Part): string => ('size' in part ? String(part.size) : '')
