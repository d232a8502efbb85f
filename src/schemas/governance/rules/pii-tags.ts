import { isJsonObject, type JsonValue } from '../../../json/json-value.ts'
import { tagsOf } from '../../avro/parse-tags.ts'
import { listedIn } from '../names.ts'
import { found, nothing, quoted, type Rule } from '../rule.ts'
import { bareType } from '../written-type.ts'

export const piiTags: Rule = {
  since: 1,
  check(part, { 'pii-tags': { names, tags } }) {
    if (part.part !== 'field') return nothing
    const listed = listedIn(part.name, names)
    if (listed === undefined) return nothing
    const wanted = new Set(tags.map((tag) => tag.toLowerCase()))
    const its = [...tagsOf(part.json), ...tagsWithin(part.json.type ?? null)]
    if (its.some((tag) => wanted.has(tag.toLowerCase()))) return nothing
    const message = `The field ${quoted(part.name)} is named like personal data (${quoted(listed)}), and is not tagged as that.`
    return found(part, '', message, `Write "tags": ["${tags[0] ?? ''}"].`)
  },
}

/** The tags of a type and of what it is made of, up to the fields of records. */
function tagsWithin(json: JsonValue): string[] {
  if (Array.isArray(json)) return json.flatMap(tagsWithin)
  if (!isJsonObject(json)) return []
  const inner = [json.items, json.values, bareType(json) === json ? undefined : json.type]
  return [...tagsOf(json), ...inner.flatMap((type) => (type === undefined ? [] : tagsWithin(type)))]
}
