import type { JsonObject } from '../../json/json-value.ts'

/** The tags of a type or field: a list of texts, or a text alone. */
export function tagsOf(schema: JsonObject): string[] {
  const lists = [schema.tags, schema['confluent:tags']]
  return lists.flatMap((list) => (Array.isArray(list) ? list : [list])).filter((tag) => typeof tag === 'string')
}

/** The same with the tags of the schema's JSON beside its own. */
export function withTags<T extends { tags?: readonly string[] }>(of: T, schema: JsonObject): T {
  const tags = tagsOf(schema)
  return tags.length === 0 ? of : { ...of, tags: [...(of.tags ?? []), ...tags] }
}
