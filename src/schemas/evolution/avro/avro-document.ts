import type { JsonValue } from '../../../json/json-value.ts'
import { parseSchema, schemaJson } from '../../avro/parse-schema.ts'
import type { SchemaNode } from '../../avro/schema-node.ts'
import { inlineReferences } from './inline-references.ts'
import { type Places, placesOf } from './places.ts'

/** An Avro schema as it is compared with others. */
export interface AvroDocument {
  node: SchemaNode
  /** With the types of its references written in. */
  json: JsonValue
  places: Places
}

/** `references` stand after those that they use themselves. Throws a SchemaError where the schema cannot be used. */
export function readAvro(schema: string, references: readonly string[] = []): AvroDocument {
  const json = inlineReferences(schemaJson(schema), references.map(schemaJson))
  const node = parseSchema(schema, references)
  return { node, json, places: placesOf(node, json) }
}
