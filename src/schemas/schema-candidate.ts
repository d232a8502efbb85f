import { compileAvro } from './avro/compile-avro.ts'
import { SchemaError } from './avro/schema-error.ts'
import { type AvroDocument, readAvro } from './evolution/avro/avro-document.ts'
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

/** The same for a schema that is to be registered, which must be one that events can be written by. */
export async function readCandidate(
  client: Pick<RegistryClient, 'version'>,
  schema: StoredSchema,
): Promise<AvroDocument> {
  const references = await referencedSchemas(client, schema)
  compileAvro(schema.schema, references)
  return readAvro(schema.schema, references)
}
