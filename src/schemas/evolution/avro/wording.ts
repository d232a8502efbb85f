import { shortened } from '../../../errors/shortened.ts'
import type { JsonValue } from '../../../json/json-value.ts'
import type { FieldNode, SchemaNode } from '../../avro/schema-node.ts'
import { typeName } from '../../avro/schema-node.ts'
import type { Part } from './difference.ts'

const longestText = 200
const mostNamed = 10

export const isField = (part: Part): part is FieldNode => !('kind' in part)

export const quoted = (text: string): string => `\`${shortened(text, longestText)}\``

/** `A`, `B` and 3 more. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).map(quoted).join(', ')
  return names.length > mostNamed ? `${shown} and ${names.length - mostNamed} more` : shown
}

/** A type in words: `array of string`, `null or org.example.Order`. */
export function typeText(node: SchemaNode): string {
  if (node.kind === 'array') return `array of ${typeText(node.items)}`
  if (node.kind === 'map') return `map of ${typeText(node.values)}`
  if (node.kind === 'union') return node.branches.map(typeText).join(' or ')
  return typeName(node)
}

export const typeOf = (part: Part): string => quoted(typeText(isField(part) ? part.type : part))

export const nameOf = (part: Part): string => ('name' in part ? part.name : typeText(part))

export const valueText = (value: JsonValue): string => shortened(JSON.stringify(value), longestText)
