import { isJsonObject, type JsonValue } from '../../../json/json-value.ts'
import type { FieldNode, SchemaNode } from '../../avro/schema-node.ts'

/** Where a part of a schema stands: {@link Change} says how. */
export interface Place {
  path: string
  pointer: string
}

export type Places = ReadonlyMap<SchemaNode | FieldNode, Place>

/** The place of each node of a schema. A named type's is where it is defined. */
export function placesOf(node: SchemaNode, schema: JsonValue): Places {
  const places = new Map<SchemaNode | FieldNode, Place>()
  place(node, schema, { path: '', pointer: '' }, places)
  return places
}

function place(node: SchemaNode, schema: JsonValue, at: Place, places: Map<SchemaNode | FieldNode, Place>): void {
  if (places.has(node)) return
  // A type may be written around another one: {"type": {"type": "array", …}}.
  if (isJsonObject(schema) && typeof schema.type === 'object' && schema.type !== null) {
    place(node, schema.type, { ...at, pointer: `${at.pointer}/type` }, places)
    return
  }
  places.set(node, at)
  const within = (path: string, pointer: string): Place => ({ path: at.path + path, pointer: at.pointer + pointer })
  switch (node.kind) {
    case 'array':
      place(node.items, member(schema, 'items'), within('[]', '/items'), places)
      return
    case 'map':
      place(node.values, member(schema, 'values'), within('{}', '/values'), places)
      return
    case 'union':
      for (const [index, branch] of node.branches.entries())
        place(branch, item(schema, index), within('', `/${index}`), places)
      return
    case 'record':
      for (const [index, field] of node.fields.entries()) {
        const fieldAt = within(at.path === '' ? field.name : `.${field.name}`, `/fields/${index}`)
        places.set(field, fieldAt)
        const written = item(member(schema, 'fields'), index)
        place(field.type, member(written, 'type'), { ...fieldAt, pointer: `${fieldAt.pointer}/type` }, places)
      }
  }
}

const member = (schema: JsonValue, name: string): JsonValue => (isJsonObject(schema) ? schema[name] : undefined) ?? null

const item = (schema: JsonValue, index: number): JsonValue =>
  (Array.isArray(schema) ? schema[index] : undefined) ?? null
