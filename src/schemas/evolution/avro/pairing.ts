import type { EnumNode, FieldNode, FixedNode, RecordNode, SchemaNode } from '../../avro/schema-node.ts'

export type NamedNode = RecordNode | EnumNode | FixedNode

/** The branches of a union; any other type is the only one of its own. */
export const branchesOf = (node: SchemaNode): readonly SchemaNode[] => (node.kind === 'union' ? node.branches : [node])

/** The branch that a branch of the other schema has become; undefined where there is none. */
export function partnerOf(branch: SchemaNode, others: readonly SchemaNode[]): SchemaNode | undefined {
  const alike = others.filter(({ kind }) => kind === branch.kind)
  if (!isNamed(branch)) return alike[0]
  const named = alike.filter(isNamed)
  return (
    named.find(({ name }) => name === branch.name) ??
    named.find((other) => shortName(other) === shortName(branch)) ??
    named.find((other) => other.aliases.includes(branch.name) || branch.aliases.includes(other.name))
  )
}

export const isNamed = (node: SchemaNode): node is NamedNode => 'name' in node

export const shortName = ({ name }: NamedNode): string => name.slice(name.lastIndexOf('.') + 1)

/** Java's SchemaCompatibility, which the registries use, lets namespaces differ. */
export function namesMatch(reader: NamedNode, writer: NamedNode): boolean {
  return shortName(reader) === shortName(writer) || reader.aliases.includes(writer.name)
}

/**
 * The fields of the writer that a field of the reader takes its value from, by name or alias: one, if all is well. Java's
 * library counts an alias that is the field's own name as one more.
 */
export function sourcesOf(field: FieldNode, writer: ReadonlyMap<string, FieldNode>): FieldNode[] {
  return [field.name, ...field.aliases].flatMap((name) => writer.get(name) ?? [])
}

export const fieldsByName = ({ fields }: RecordNode): ReadonlyMap<string, FieldNode> =>
  new Map(fields.map((field) => [field.name, field]))

export function symbolsOnlyIn(one: EnumNode, other: EnumNode): string[] {
  const others = new Set(other.symbols)
  return one.symbols.filter((symbol) => !others.has(symbol))
}
