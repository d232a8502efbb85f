import { compileAvro } from './avro/compile-avro.ts'
import { parseSchema, schemaJson } from './avro/parse-schema.ts'
import { SchemaError } from './avro/schema-error.ts'
import { type AvroDocument, readAvro } from './evolution/avro/avro-document.ts'
import { invalidDefaults } from './governance/avro/invalid-defaults.ts'
import { readParts } from './governance/avro/read-parts.ts'
import type { SchemaReading } from './governance/avro/schema-reading.ts'
import type { SchemaPart } from './governance/schema-part.ts'
import { InvalidSchema, type PlacedFault } from './invalid-schema.ts'
import { referencedSchemas } from './referenced-schemas.ts'
import type { RegistryClient, StoredSchema } from './registry-client.ts'

/**
 * The schema as it is compared with others, its references fetched. Throws a SchemaError where it is not valid or not
 * Avro: other languages would be read here, each by its own `evolution/` folder.
 */
export async function readStored(client: Pick<RegistryClient, 'version'>, schema: StoredSchema): Promise<AvroDocument> {
  if (schema.schemaType !== 'AVRO') throw new SchemaError(`it is of the type ${schema.schemaType}, and not Avro`)
  return readAvro(schema.schema, await referencedSchemas(client, schema))
}

/** A schema that is to be registered, with the parts of its own that a policy judges. */
export interface Candidate extends AvroDocument {
  parts: readonly SchemaPart[]
}

/** Throws an InvalidSchema where events cannot be written by the schema. */
export async function readCandidate(client: Pick<RegistryClient, 'version'>, schema: StoredSchema): Promise<Candidate> {
  let references: string[] | undefined
  try {
    references = await referencedSchemas(client, schema)
    compileAvro(schema.schema, references)
    return { ...readAvro(schema.schema, references), parts: readOwn(schema.schema, references).parts }
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    throw new InvalidSchema(error, references ? faultsOf(schema.schema, references) : [])
  }
}

function readOwn(schema: string, references: readonly string[]): SchemaReading {
  const known = new Set<string>()
  for (const reference of references) {
    for (const name of readParts(schemaJson(reference), known).defined.keys()) known.add(name)
  }
  return readParts(schemaJson(schema), known)
}

/** None where they cannot be told one by one. */
function faultsOf(schema: string, references: readonly string[]): PlacedFault[] {
  try {
    const { parts, faults } = readOwn(schema, references)
    const found = faults.length > 0 ? faults : invalidDefaults(parseSchema(schema, references), parts)
    return found.map(({ pointer, path, message }) => ({ pointer, path, message }))
  } catch (error) {
    if (error instanceof SchemaError) return []
    throw error
  }
}
