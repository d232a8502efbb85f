import { isDeepStrictEqual } from 'node:util'
import type { EnumNode, FieldNode, FixedNode, RecordNode, SchemaNode } from '../../avro/schema-node.ts'
import type { ChangeKind } from '../change.ts'
import { branchesOf, fieldsByName, isNamed, type NamedNode, partnerOf, shortName, symbolsOnlyIn } from './pairing.ts'
import { PairMap } from './resolution.ts'

export type Part = SchemaNode | FieldNode

/** Where two schemas are not the same. Of what was added or removed, the other part is what it was added to or removed from. */
export interface Difference {
  kind: ChangeKind
  older: Part
  newer: Part
}

/** What differs between two schemas, whether it matters or not. */
export function differences(older: SchemaNode, newer: SchemaNode): Difference[] {
  const walk = new DifferenceWalk()
  walk.compare(older, newer)
  return walk.found
}

class DifferenceWalk {
  readonly found: Difference[] = []
  readonly #seen = new PairMap<true>()

  compare(older: SchemaNode, newer: SchemaNode): void {
    if (this.#seen.get(older, newer)) return
    this.#seen.set(older, newer, true)
    if (older.kind === 'union' || newer.kind === 'union') this.#branches(older, newer)
    else if (older.kind !== newer.kind) this.found.push({ kind: 'type-changed', older, newer })
    else this.#within(older, newer)
  }

  #branches(older: SchemaNode, newer: SchemaNode): void {
    const rest = new Set(branchesOf(newer))
    for (const branch of branchesOf(older)) {
      const partner = partnerOf(branch, [...rest])
      if (partner) {
        rest.delete(partner)
        this.compare(branch, partner)
      } else this.found.push({ kind: 'union-branch-removed', older: branch, newer })
    }
    for (const branch of rest) this.found.push({ kind: 'union-branch-added', older, newer: branch })
  }

  #within(older: SchemaNode, newer: SchemaNode): void {
    if (!isDeepStrictEqual(logicalOf(older), logicalOf(newer))) {
      this.found.push({ kind: 'logical-type-changed', older, newer })
    }
    if (isNamed(older) && isNamed(newer)) this.#names(older, newer)
    if (older.kind === 'array' && newer.kind === 'array') this.compare(older.items, newer.items)
    else if (older.kind === 'map' && newer.kind === 'map') this.compare(older.values, newer.values)
    else if (older.kind === 'enum' && newer.kind === 'enum') this.#enum(older, newer)
    else if (older.kind === 'record' && newer.kind === 'record') this.#record(older, newer)
    else if (older.kind === 'fixed' && newer.kind === 'fixed') this.#fixed(older, newer)
  }

  #names(older: NamedNode, newer: NamedNode): void {
    const kind = nameChange(older, newer)
    if (kind) this.found.push({ kind, older, newer })
    else if (!sameNames(older.aliases, newer.aliases)) this.found.push({ kind: 'aliases-changed', older, newer })
    if (older.doc !== newer.doc) this.found.push({ kind: 'doc-changed', older, newer })
  }

  #fixed(older: FixedNode, newer: FixedNode): void {
    if (older.size !== newer.size) this.found.push({ kind: 'size-changed', older, newer })
  }

  #enum(older: EnumNode, newer: EnumNode): void {
    const [removed, added] = [symbolsOnlyIn(older, newer), symbolsOnlyIn(newer, older)]
    if (removed.length > 0) this.found.push({ kind: 'symbols-removed', older, newer })
    if (added.length > 0) this.found.push({ kind: 'symbols-added', older, newer })
    const gone = new Set(removed)
    const kept = older.symbols.filter((symbol) => !gone.has(symbol))
    if (!isInOrder(kept, newer.symbols)) this.found.push({ kind: 'symbols-reordered', older, newer })
    const kind = defaultChange(older.default, newer.default)
    if (kind) this.found.push({ kind, older, newer })
  }

  #record(older: RecordNode, newer: RecordNode): void {
    const before = pairedFields(older, newer)
    for (const field of newer.fields) {
      const was = before.get(field)
      if (was) this.#field(was, field)
      else this.found.push({ kind: 'field-added', older, newer: field })
    }
    const kept = new Set(before.values())
    for (const field of older.fields) {
      if (!kept.has(field)) this.found.push({ kind: 'field-removed', older: field, newer })
    }
    if (!isInOrder([...kept], older.fields)) this.found.push({ kind: 'fields-reordered', older, newer })
  }

  #field(older: FieldNode, newer: FieldNode): void {
    if (older.name !== newer.name) this.found.push({ kind: 'field-renamed', older, newer })
    else if (!sameNames(older.aliases, newer.aliases)) this.found.push({ kind: 'aliases-changed', older, newer })
    const kind = defaultChange(older.default, newer.default)
    if (kind) this.found.push({ kind, older, newer })
    if (older.doc !== newer.doc) this.found.push({ kind: 'doc-changed', older, newer })
    this.compare(older.type, newer.type)
  }
}

/** What each field of the newer record was, by name, by its own aliases, or by those of the older one. */
function pairedFields(older: RecordNode, newer: RecordNode): ReadonlyMap<FieldNode, FieldNode> {
  const byName = fieldsByName(older)
  const rest = new Set(older.fields)
  const pairs = new Map<FieldNode, FieldNode>()
  const pair = (field: FieldNode, was: FieldNode | undefined) => {
    if (!was || pairs.has(field) || !rest.delete(was)) return
    pairs.set(field, was)
  }
  for (const field of newer.fields) pair(field, byName.get(field.name))
  for (const field of newer.fields) for (const alias of field.aliases) pair(field, byName.get(alias))
  for (const field of newer.fields)
    pair(
      field,
      [...rest].find(({ aliases }) => aliases.includes(field.name)),
    )
  return new Map(newer.fields.flatMap((field) => (pairs.has(field) ? [[field, pairs.get(field) as FieldNode]] : [])))
}

function nameChange(
  older: NamedNode,
  newer: NamedNode,
): 'type-renamed' | 'namespace-changed' | 'name-changed' | undefined {
  if (older.name === newer.name) return undefined
  if (shortName(older) === shortName(newer)) return 'namespace-changed'
  return newer.aliases.includes(older.name) ? 'type-renamed' : 'name-changed'
}

function defaultChange(older: unknown, newer: unknown) {
  if (isDeepStrictEqual(older, newer)) return undefined
  if (older === undefined) return 'default-added'
  return newer === undefined ? 'default-removed' : 'default-changed'
}

const logicalOf = (node: SchemaNode) => ('logical' in node ? node.logical : undefined)

const sameNames = (one: readonly string[], other: readonly string[]): boolean =>
  isDeepStrictEqual(one.toSorted(), other.toSorted())

/** Whether the items stand in the order in which the list has them. */
function isInOrder<Item>(items: readonly Item[], list: readonly Item[]): boolean {
  const places = new Map(list.map((item, index) => [item, index]))
  const at = items.map((item) => places.get(item) ?? 0)
  return at.every((place, index) => index === 0 || place > (at[index - 1] as number))
}
