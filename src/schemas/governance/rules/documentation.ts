import { isJsonObject, type JsonValue } from '../../../json/json-value.ts'
import { type Found, found, nothing, quoted, type Rule } from '../rule.ts'
import type { SchemaPlace } from '../schema-part.ts'

export const recordDoc: Rule = {
  since: 1,
  check(part, { 'record-doc': { least } }) {
    if (part.part !== 'type' || part.kind !== 'record') return nothing
    return undocumented(part, part.json, least, `The record ${quoted(part.name ?? '')}`, 'what one of it is')
  },
}

export const enumDoc: Rule = {
  since: 1,
  check(part, { 'enum-doc': { least } }) {
    if (part.part !== 'type' || part.kind !== 'enum') return nothing
    return undocumented(part, part.json, least, `The enum ${quoted(part.name ?? '')}`, 'what its symbols mean')
  },
}

export const fieldDoc: Rule = {
  since: 1,
  check(part, { 'field-doc': { least } }) {
    if (part.part !== 'field') return nothing
    return undocumented(part, part.json, least, `The field ${quoted(part.name)}`, 'what it holds, and in which unit')
  },
}

function undocumented(at: SchemaPlace, json: JsonValue, least: number, what: string, toSay: string): readonly Found[] {
  const doc = isJsonObject(json) ? json.doc : undefined
  const text = typeof doc === 'string' ? doc.trim() : ''
  if (text.length >= least) return nothing
  const message =
    text === '' ? `${what} has no documentation.` : `${what} is documented in fewer than ${least} characters.`
  return found(at, doc === undefined ? '' : '/doc', message, `Say in "doc" ${toSay}.`)
}
