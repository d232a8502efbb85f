import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type CatalogEntry, catalogEntry } from './catalog-entry.ts'
import { type DocumentedTopic, documentedTopic, type TopicSource } from './documented-topic.ts'
import { type JsonSchema, jsonSchemaDocument } from './json-schema.ts'
import type { Direction, NaturalModel } from './model/natural-type.ts'
import { topicAsyncapi } from './topic-asyncapi.ts'
import { type DocumentedApi, topicOpenapi } from './topic-openapi.ts'
import { typescript } from './typescript.ts'

export interface TopicDocument {
  mediaType: string
  bytes: Buffer
  /** RFC 9110 §8.8.3: strong. */
  etag: string
}

export type DocumentName = 'openapi' | 'asyncapi' | 'types' | 'schema-publish' | 'schema-read' | 'example'

const mostEntries = 1_000
const mostBytes = 32 * 1024 * 1024

/** The documents of topics, each written once for a contract and a schema, and kept while there is room. */
export class TopicDocuments {
  readonly #api: DocumentedApi
  readonly #known = new LRUCache<string, TopicDocument>({
    maxSize: mostBytes,
    sizeCalculation: ({ bytes }, key) => bytes.length + key.length,
  })

  readonly #entries = new LRUCache<string, CatalogEntry>({ max: mostEntries })

  constructor(api: DocumentedApi) {
    this.#api = api
  }

  of(name: DocumentName, source: TopicSource): TopicDocument {
    const key = keyOf(name, source)
    const known = this.#known.get(key)
    if (known) return known
    const document = written(...this.#write(name, documentedTopic(source)))
    this.#known.set(key, document)
    return document
  }

  /** What the catalogue has of a topic. `problem`: the code of that for which its schema cannot be had. */
  entryOf(source: TopicSource, may: readonly string[], problem?: string): CatalogEntry {
    const key = keyOf('entry', source)
    const known = problem === undefined ? this.#entries.get(key) : undefined
    if (known) return { ...known, may }
    const entry = catalogEntry(source, may, problem)
    if (problem === undefined) this.#entries.set(key, entry)
    return entry
  }

  #write(name: DocumentName, topic: DocumentedTopic): [mediaType: string, text: string] {
    switch (name) {
      case 'openapi':
        return ['application/json', JSON.stringify(topicOpenapi(topic, this.#api))]
      case 'asyncapi':
        return ['application/json', JSON.stringify(topicAsyncapi(topic, this.#api))]
      case 'types':
        return ['text/plain; charset=utf-8', typescript(topic)]
      case 'schema-publish':
        return ['application/schema+json', JSON.stringify(schemaOf(topic, topic.published, 'publish'))]
      case 'schema-read':
        return ['application/schema+json', JSON.stringify(schemaOf(topic, topic.read, 'read'))]
      case 'example':
        return ['application/json', JSON.stringify(topic.examples[0]?.value ?? null)]
    }
  }
}

function keyOf(name: string, { schema, contract }: TopicSource): string {
  const { subject, version, id } = schema?.ref ?? {}
  return JSON.stringify([name, subject, version, id, contract])
}

const directions: Record<Direction, string> = {
  publish: 'As it is published. A tombstone, `null`, is no event of the schema, and always allowed.',
  read: 'As it is read, by whoever sees all of it.',
}

function schemaOf({ about, contract }: DocumentedTopic, model: NaturalModel | null, direction: Direction): JsonSchema {
  const said = { title: contract.topic, description: [...about, directions[direction]].join('\n') }
  if (model) return jsonSchemaDocument(model, said)
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...said }
}

function written(mediaType: string, text: string): TopicDocument {
  const bytes = Buffer.from(text)
  return { mediaType, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` }
}
