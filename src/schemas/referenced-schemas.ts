import { SchemaError } from './avro/schema-error.ts'
import type { SchemaSource, StoredSchema } from './registry-client.ts'

/** The texts of the schemas that one refers to, each after those it refers to itself. Throws a SchemaError where one is missing. */
export async function referencedSchemas(
  client: Pick<SchemaSource, 'version'>,
  schema: Pick<StoredSchema, 'references'>,
  seen = new Set<string>(),
): Promise<string[]> {
  const texts: string[] = []
  for (const { subject, version } of schema.references) {
    const key = `${subject}/${version}`
    if (seen.has(key)) continue
    seen.add(key)
    const found = await client.version(subject, version)
    if (!found) throw new SchemaError(`it refers to version ${version} of "${subject}", which is not there`)
    texts.push(...(await referencedSchemas(client, found, seen)), found.schema)
  }
  return texts
}
