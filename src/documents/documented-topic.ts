import type { Contract } from '../contracts/contract.ts'
import type { EventExample } from '../contracts/examples.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { WriterSchema } from '../schemas/schema-catalog.ts'
import { exampleOf } from './example.ts'
import { judgedExamples } from './judged-examples.ts'
import { naturalModel } from './model/natural-model.ts'
import type { NaturalModel } from './model/natural-type.ts'

/** What documents of a topic are made of, and are functions of. */
export interface TopicSource {
  contract: Contract
  /** Null where the topic has none: its contract calls it schemaless, or the registry has nothing for it. */
  schema: WriterSchema | null
}

/** A topic as its documents tell of it. */
export interface DocumentedTopic extends TopicSource {
  /** Null where events may be any JSON. */
  published: NaturalModel | null
  read: NaturalModel | null
  /** The contract's own that are valid, or else one that is made from the schema, if there is any. */
  examples: readonly ShownExample[]
  /** Lines that say what all this is of. */
  about: readonly string[]
}

export type ShownExample = Omit<EventExample, 'value'> & { value: JsonValue }

export function documentedTopic({ contract, schema }: TopicSource): DocumentedTopic {
  const published = schema && naturalModel(schema.codec.type, 'publish')
  return {
    contract,
    schema,
    published,
    read: schema && naturalModel(schema.codec.type, 'read'),
    examples: examplesOf({ contract, schema }, published),
    about: aboutTopic({ contract, schema }),
  }
}

function examplesOf({ contract, schema }: TopicSource, published: NaturalModel | null): ShownExample[] {
  const own = judgedExamples(contract, schema?.codec ?? null).filter(({ valid, value }) => valid && value !== null)
  if (own.length > 0) return own.map(({ valid: _valid, violations: _none, ...example }) => example as ShownExample)
  const value = published ? exampleOf(published) : { example: true }
  return value === undefined ? [] : [{ value }]
}

function aboutTopic({ contract, schema }: TopicSource): string[] {
  const { topic, owner, description, schemaless, masking, key } = contract
  const lines = [`Events of the topic "${topic}".`]
  if (description !== undefined) lines.push(description)
  if (owner !== undefined) lines.push(`Owner: ${owner}.`)
  if (schema)
    lines.push(`By version ${schema.ref.version} of the subject "${schema.ref.subject}" (schema id ${schema.ref.id}).`)
  else if (schemaless) lines.push('The topic has no schema: an event is any JSON.')
  else lines.push('The registry has no schema for the topic: until it has one, nothing can be published to it.')
  if (key) lines.push(`The key is taken from ${key.field}.`)
  if (masking) lines.push(`Readers without the scope "${masking.unless}" see some values masked, or not at all.`)
  return lines
}
