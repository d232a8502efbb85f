import { defaultBytesOf } from '../../avro/default-bytes.ts'
import { SchemaError } from '../../avro/schema-error.ts'
import type { FieldNode, SchemaNode } from '../../avro/schema-node.ts'
import type { SchemaPart } from '../schema-part.ts'
import type { SchemaFault } from './schema-reading.ts'

/** The defaults of fields that are not of their field's type. `schema` is what the parts are parts of. */
export function invalidDefaults(schema: SchemaNode, parts: readonly SchemaPart[]): SchemaFault[] {
  const records = new Map<string, ReadonlyMap<string, FieldNode>>()
  collectRecords(schema, records)
  return parts.flatMap((part) => {
    const field = part.part === 'field' ? records.get(part.record)?.get(part.name) : undefined
    if (part.part !== 'field' || !field) return []
    try {
      defaultBytesOf(field, part.record)
      return []
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      return [{ pointer: `${part.pointer}/default`, path: part.path, message: error.message }]
    }
  })
}

function collectRecords(node: SchemaNode, records: Map<string, ReadonlyMap<string, FieldNode>>): void {
  switch (node.kind) {
    case 'array':
      collectRecords(node.items, records)
      break
    case 'map':
      collectRecords(node.values, records)
      break
    case 'union':
      for (const branch of node.branches) collectRecords(branch, records)
      break
    case 'record':
      if (records.has(node.name)) return
      records.set(node.name, new Map(node.fields.map((field) => [field.name, field])))
      for (const { type } of node.fields) collectRecords(type, records)
  }
}
