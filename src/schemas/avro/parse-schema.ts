import { GatewayError } from '../../errors/gateway-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.ts'
import { parseJson } from '../../json/parse-json.ts'
import { decimalTypeOf, fixedTypeOf, stringTypeOf, temporalTypeOf } from './parse-logical-type.ts'
import { tagsOf, withTags } from './parse-tags.ts'
import { SchemaError } from './schema-error.ts'
import { fullNameOf, hasValidName, namespaceOf, primitiveKinds } from './schema-names.ts'
import {
  branchName,
  type EnumNode,
  type FieldNode,
  type FixedNode,
  type RecordNode,
  type SchemaNode,
} from './schema-node.ts'

export const deepestSchema = 200

/**
 * The tree of a schema's JSON. `references` are the schemas whose named types it may use, each after those that it uses
 * itself. Throws a SchemaError where there is no such tree.
 */
export function parseSchema(schema: string, references: readonly string[]): SchemaNode {
  const types = new Map<string, SchemaNode>()
  for (const reference of references) parseNode(schemaJson(reference), { types, namespace: '' })
  return parseNode(schemaJson(schema), { types, namespace: '' })
}

interface Scope {
  types: Map<string, SchemaNode>
  namespace: string
}

/** Throws a SchemaError where the text is no JSON. */
export function schemaJson(text: string): JsonValue {
  try {
    return parseJson(Buffer.from(text), deepestSchema)
  } catch (error) {
    if (error instanceof GatewayError) throw new SchemaError(error.message.replace('The body', 'The schema'))
    throw error
  }
}

function parseNode(schema: JsonValue, scope: Scope): SchemaNode {
  if (typeof schema === 'string') return namedType(schema, scope)
  if (Array.isArray(schema)) return parseUnion(schema, scope)
  if (!isJsonObject(schema)) throw new SchemaError('A type is neither a name, nor an object, nor a union.')
  const { type } = schema
  if (typeof type !== 'string') {
    if (type === undefined) throw new SchemaError('A type has no "type".')
    return withTags(parseNode(type, scope), schema)
  }
  switch (type) {
    // Their own names stand for them, also inside themselves: what they have is theirs from the start.
    case 'fixed':
      return parseFixed(schema, scope)
    case 'enum':
      return parseEnum(schema, scope)
    case 'record':
    case 'error':
      return parseRecord(schema, scope)
    default:
      return withTags(parseUnnamed(type, schema, scope), schema)
  }
}

function parseUnnamed(type: string, schema: JsonObject, scope: Scope): SchemaNode {
  switch (type) {
    case 'int':
    case 'long':
      return withLogical({ kind: type }, temporalTypeOf(schema, type))
    case 'bytes':
      return withLogical({ kind: 'bytes' }, decimalTypeOf(schema))
    case 'string':
      return withLogical({ kind: 'string' }, stringTypeOf(schema))
    case 'array':
      return { kind: 'array', items: parseNode(required(schema, 'items', 'An array'), scope) }
    case 'map':
      return { kind: 'map', values: parseNode(required(schema, 'values', 'A map'), scope) }
    default:
      return namedType(type, scope)
  }
}

function withLogical<Node extends SchemaNode, Logical>(node: Node, logical: Logical | undefined): Node {
  return logical === undefined ? node : { ...node, logical }
}

function namedType(name: string, { types, namespace }: Scope): SchemaNode {
  if (primitiveKinds.has(name)) return { kind: name } as SchemaNode
  // Java's parser looks without a namespace too, where the enclosing one has no such name.
  const type = types.get(fullNameOf(name, namespace)) ?? types.get(name)
  if (type === undefined) throw new SchemaError(`There is no type "${fullNameOf(name, namespace)}".`)
  return type
}

function parseUnion(schemas: readonly JsonValue[], scope: Scope): SchemaNode {
  if (schemas.length === 0) throw new SchemaError('A union has no branches.')
  const branches = schemas.map((schema) => parseNode(schema, scope))
  const names = new Set<string>()
  for (const branch of branches) {
    if (branch.kind === 'union') throw new SchemaError('A union has a union as a branch.')
    const name = branchName(branch)
    if (names.has(name)) throw new SchemaError(`A union has two branches of the type "${name}".`)
    names.add(name)
  }
  return { kind: 'union', branches }
}

function parseFixed(schema: JsonObject, scope: Scope): SchemaNode {
  const { size } = schema
  const named = nameOf(schema, scope)
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw new SchemaError(`"${named.name}" has no valid size.`)
  const node: FixedNode = { kind: 'fixed', ...named, size: size as number }
  return define(withLogical(node, fixedTypeOf(schema, node.size)), scope)
}

function parseEnum(schema: JsonObject, scope: Scope): SchemaNode {
  const named = nameOf(schema, scope)
  const symbols = texts(schema.symbols)
  if (symbols === undefined || !symbols.every(hasValidName))
    throw new SchemaError(`"${named.name}" has no valid symbols.`)
  if (new Set(symbols).size !== symbols.length) throw new SchemaError(`"${named.name}" has a symbol twice.`)
  const node: EnumNode = { kind: 'enum', ...named, symbols }
  if (schema.default !== undefined) {
    if (typeof schema.default !== 'string' || !symbols.includes(schema.default)) {
      throw new SchemaError(`The default of "${named.name}" is not one of its symbols.`)
    }
    node.default = schema.default
  }
  return define(node, scope)
}

function parseRecord(schema: JsonObject, scope: Scope): SchemaNode {
  const named = nameOf(schema, scope)
  if (!Array.isArray(schema.fields)) throw new SchemaError(`"${named.name}" has no fields.`)
  const fields: FieldNode[] = []
  const node: RecordNode = { kind: 'record', ...named, fields }
  define(node, scope)
  const inside = { types: scope.types, namespace: namespaceOf(named.name) }
  const seen = new Set<string>()
  for (const field of schema.fields) {
    const parsed = parseField(field, named.name, inside)
    if (seen.has(parsed.name)) throw new SchemaError(`"${named.name}" has a field "${parsed.name}" twice.`)
    seen.add(parsed.name)
    fields.push(parsed)
  }
  return node
}

function parseField(schema: JsonValue, record: string, scope: Scope): FieldNode {
  if (!isJsonObject(schema) || typeof schema.name !== 'string' || !hasValidName(schema.name)) {
    throw new SchemaError(`"${record}" has a field without a valid name.`)
  }
  const { name, doc, order } = schema
  const field: FieldNode = {
    name,
    type: parseNode(required(schema, 'type', `The field "${name}" of "${record}"`), scope),
    aliases: texts(schema.aliases) ?? [],
    order: order === 'descending' || order === 'ignore' ? order : 'ascending',
  }
  const tags = tagsOf(schema)
  if (typeof doc === 'string') field.doc = doc
  if (tags.length > 0) field.tags = tags
  if (schema.default !== undefined) field.default = schema.default
  return field
}

function nameOf(schema: JsonObject, scope: Scope): Pick<RecordNode, 'name' | 'aliases' | 'doc' | 'tags'> {
  const { name, namespace, doc } = schema
  if (typeof name !== 'string') throw new SchemaError(`A type of the kind "${String(schema.type)}" has no name.`)
  const full = fullNameOf(name, typeof namespace === 'string' ? namespace : scope.namespace)
  if (!full.split('.').every(hasValidName) || primitiveKinds.has(full)) {
    throw new SchemaError(`"${full}" is not a valid name for a type.`)
  }
  const aliases = (texts(schema.aliases) ?? []).map((alias) => fullNameOf(alias, namespaceOf(full)))
  const named = { name: full, aliases, ...(typeof doc === 'string' ? { doc } : {}) }
  return withTags<ReturnType<typeof nameOf>>(named, schema)
}

function define(node: SchemaNode & { name: string }, { types }: Scope): SchemaNode {
  if (types.has(node.name)) throw new SchemaError(`The type "${node.name}" is defined twice.`)
  types.set(node.name, node)
  return node
}

function required(schema: JsonObject, member: string, what: string): JsonValue {
  const value = schema[member]
  if (value === undefined) throw new SchemaError(`${what} has no "${member}".`)
  return value
}

function texts(value: JsonValue | undefined): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
}
