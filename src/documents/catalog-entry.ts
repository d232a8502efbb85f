import type { Deprecation } from '../contracts/deprecation.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { SchemaRef } from '../schemas/event-codec.ts'
import { type DocumentedTopic, documentedTopic, type TopicSource } from './documented-topic.ts'
import type { NaturalModel } from './model/natural-type.ts'
import { typeText } from './type-text.ts'

export interface CatalogField {
  name: string
  type: string
  required: boolean
  default?: JsonValue
  doc?: string
}

export interface CatalogType {
  name: string
  doc?: string
  fields: CatalogField[]
}

/** One topic, as those who look for it want to know it. */
export interface CatalogEntry {
  topic: string
  may: readonly string[]
  owner: string | null
  description?: string
  schemaless: boolean
  keyField: string | null
  schema: SchemaRef | null
  deprecation: Deprecation | null
  /** What an event is: the name of a type, or a few words. Null where nothing is known of it. */
  event: string | null
  /** The records, that of the event first. */
  types: CatalogType[]
  example?: JsonValue
  /** Paths. */
  documents: Record<'openapi' | 'asyncapi' | 'types' | 'schema' | 'example', string>
  /** The code of the problem for which its schema is not shown. */
  problem?: string
}

/** `problem`: the code of the problem for which the schema is not there, where it may be there. */
export function catalogEntry(source: TopicSource, may: readonly string[], problem?: string): CatalogEntry {
  const { contract } = source
  const { topic, owner, description, schemaless, key, deprecation } = contract
  const documented = documentedTopic(source)
  return {
    topic,
    may,
    owner: owner ?? null,
    ...(description !== undefined && { description }),
    schemaless,
    keyField: key?.field ?? null,
    schema: source.schema?.ref ?? null,
    deprecation: deprecation ?? null,
    event: documented.published && typeText(documented.published.root),
    types: documented.published ? typesOf(documented.published) : [],
    ...exampleIn(documented),
    documents: documentsOf(topic),
    ...(problem !== undefined && { problem }),
  }
}

const exampleIn = ({ examples: [first] }: DocumentedTopic): { example?: JsonValue } =>
  first ? { example: first.value } : {}

const typesOf = ({ records }: NaturalModel): CatalogType[] =>
  [...records.values()].map(({ name, doc, fields }) => ({
    name,
    ...(doc !== undefined && { doc }),
    fields: fields.map((field) => ({
      name: field.name,
      type: typeText(field.type),
      required: !field.isOptional,
      ...(field.default !== undefined && { default: field.default }),
      ...(field.doc !== undefined && { doc: field.doc }),
    })),
  }))

function documentsOf(topic: string): CatalogEntry['documents'] {
  const path = `/v1/topics/${topic}`
  return {
    openapi: `${path}/openapi.json`,
    asyncapi: `${path}/asyncapi.json`,
    types: `${path}/types.ts`,
    schema: `${path}/schema.json`,
    example: `${path}/example.json`,
  }
}
