import { type JsonSchema, jsonSchema, recordSchemas } from './json-schema.ts'
import type { NaturalModel } from './model/natural-type.ts'

/** The schemas of a model where OpenAPI and AsyncAPI have them: the whole as `root`, its records with `prefix` before their names. */
export function componentSchemas(model: NaturalModel | null, root: string, prefix: string): Record<string, JsonSchema> {
  if (!model) return { [root]: { description: 'Any JSON.' } }
  const style = { refTo: (record: string) => `#/components/schemas/${prefix}${record}`, explicit: 'needed' } as const
  const records = Object.entries(recordSchemas(model, style)).map(([name, schema]) => [prefix + name, schema])
  return { [root]: jsonSchema(model.root, style), ...Object.fromEntries(records) }
}
