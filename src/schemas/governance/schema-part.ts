import type { JsonObject, JsonValue } from '../../json/json-value.ts'

/** Where something stands in a schema. */
export interface SchemaPlace {
  /** RFC 6901 JSON Pointer into the schema. */
  pointer: string
  /** Fields from the top, `[]` for items and `{}` for a map's values: `order.lines[].sku`. Long names are shortened. */
  path: string
}

/** The schema as a whole; the first of its parts. */
export interface WholePart extends SchemaPlace {
  part: 'schema'
  json: JsonValue
}

export interface FieldPart extends SchemaPlace {
  part: 'field'
  json: JsonObject
  name: string
  /** The full name of its record. */
  record: string
}

/** A type where it is written, be it by its name alone. */
export interface TypePart extends SchemaPlace {
  part: 'type'
  kind: TypeKind
  json: JsonValue
  /** The full name of a named type, and of one that is used by its name. */
  name?: string
  logicalType?: string
  /** How many records, arrays and maps stand around it, itself included. */
  depth: number
  /** The field whose value it is, or is in through unions, arrays and maps. */
  field?: FieldPart
  /** It is the schema, or a branch of the union that the schema is. */
  isTop: boolean
}

export type TypeKind = 'record' | 'enum' | 'fixed' | 'array' | 'map' | 'union' | 'reference' | PrimitiveKind
type PrimitiveKind = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

/** A part of a schema, as rules look at it: what is around it always came before. */
export type SchemaPart = WholePart | FieldPart | TypePart
