import type { JsonValue } from '../../json/json-value.ts'

/** An Avro schema with its names resolved. A recursive schema is a graph: cycles go through {@link RecordNode} only. */
export type SchemaNode =
  | PlainNode
  | NumberNode
  | BytesNode
  | StringNode
  | FixedNode
  | EnumNode
  | ArrayNode
  | MapNode
  | RecordNode
  | UnionNode

/** `tags` are the words that the schema's authors put on a type or field, `tags` or Confluent's `confluent:tags`. */
interface Tagged {
  tags?: readonly string[]
}

export interface PlainNode extends Tagged {
  kind: 'null' | 'boolean'
}

export interface NumberNode extends Tagged {
  kind: 'int' | 'long' | 'float' | 'double'
  logical?: TemporalType
}

export interface BytesNode extends Tagged {
  kind: 'bytes'
  logical?: DecimalType
}

export interface StringNode extends Tagged {
  kind: 'string'
  logical?: { name: 'uuid' }
}

/** What named types have in common; `name` is the full name, aliases are full names. */
interface Named extends Tagged {
  name: string
  aliases: readonly string[]
  doc?: string
}

export interface FixedNode extends Named {
  kind: 'fixed'
  size: number
  logical?: DecimalType | { name: 'duration' } | { name: 'uuid' }
}

export interface EnumNode extends Named {
  kind: 'enum'
  symbols: readonly string[]
  default?: string
}

export interface ArrayNode extends Tagged {
  kind: 'array'
  items: SchemaNode
}

export interface MapNode extends Tagged {
  kind: 'map'
  values: SchemaNode
}

export interface RecordNode extends Named {
  kind: 'record'
  fields: readonly FieldNode[]
}

export interface FieldNode extends Tagged {
  name: string
  type: SchemaNode
  aliases: readonly string[]
  doc?: string
  order: 'ascending' | 'descending' | 'ignore'
  /** As the schema writes it, in Avro's own JSON form: bytes as ISO-8859-1, logical types as what lies beneath them. */
  default?: JsonValue
}

export interface UnionNode extends Tagged {
  kind: 'union'
  branches: readonly SchemaNode[]
}

export interface DecimalType {
  name: 'decimal'
  precision: number
  scale: number
}

export interface TemporalType {
  name:
    | 'date'
    | 'time-millis'
    | 'time-micros'
    | 'timestamp-millis'
    | 'timestamp-micros'
    | 'timestamp-nanos'
    | 'local-timestamp-millis'
    | 'local-timestamp-micros'
    | 'local-timestamp-nanos'
}

/** The name by which a union's explicit form names this branch: a named type's full name, else its type. */
export function branchName(node: SchemaNode): string {
  return 'name' in node ? node.name : node.kind
}

/** How messages name a type: `timestamp-millis`, `com.example.Order`, `array`. */
export function typeName(node: SchemaNode): string {
  if (node.kind === 'union') return node.branches.map(typeName).join(' or ')
  if ('logical' in node && node.logical) {
    const { logical } = node
    return logical.name === 'decimal' ? `decimal(${logical.precision}, ${logical.scale})` : logical.name
  }
  return branchName(node)
}
