import { isJsonObject } from '../../../json/json-value.ts'
import { found, nothing, quoted, type Rule } from '../rule.ts'
import type { TypeKind } from '../schema-part.ts'

const nesting: readonly TypeKind[] = ['record', 'array', 'map']

/** Found where the limit is passed, not again at what lies deeper. */
export const schemaDepth: Rule = {
  since: 1,
  check(part, { 'schema-depth': { most } }) {
    if (part.part !== 'type' || !nesting.includes(part.kind) || part.depth !== most + 1) return nothing
    const message = `Records, arrays and maps are nested deeper than ${most} levels here.`
    return found(part, '', message, 'Flatten the schema, or publish what lies deeper as events of its own.')
  },
}

export const schemaSize: Rule = {
  since: 1,
  check(part, { 'schema-size': { mostBytes } }) {
    if (part.part !== 'schema') return nothing
    const bytes = Buffer.byteLength(JSON.stringify(part.json))
    if (bytes <= mostBytes) return nothing
    const message = `The schema has ${bytes} bytes without white space; at most ${mostBytes} are allowed.`
    return found(
      part,
      '',
      message,
      'Split it: move types that others share into schemas of their own, and refer to them.',
    )
  },
}

export const recordSize: Rule = {
  since: 1,
  check(part, { 'record-size': { mostFields } }) {
    if (part.part !== 'type' || part.kind !== 'record' || !isJsonObject(part.json)) return nothing
    const { fields } = part.json
    if (!Array.isArray(fields) || fields.length <= mostFields) return nothing
    const message = `The record ${quoted(part.name ?? '')} has ${fields.length} fields; at most ${mostFields} are allowed.`
    return found(part, '/fields', message, 'Group fields that belong together into records of their own.')
  },
}
