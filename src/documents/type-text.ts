import type { NaturalType } from './model/natural-type.ts'

/** A type in a few words, for people: `decimal(10, 2)`, `array of Item`, `string or null`. */
export function typeText(type: NaturalType): string {
  switch (type.is) {
    case 'null':
    case 'boolean':
      return type.is
    case 'number':
      return 'int'
    case 'text':
      if (type.isUuid) return 'uuid'
      if (type.isBase64) return 'base64'
      return type.pattern === undefined ? 'string' : 'duration'
    case 'symbols':
      return type.symbols.join(' | ')
    case 'spellings':
      return type.name
    case 'array':
      return `array of ${typeText(type.items)}`
    case 'map':
      return `map of ${typeText(type.values)}`
    case 'record':
      return type.name.slice(type.name.lastIndexOf('.') + 1)
    case 'union':
      return type.branches
        .toSorted((one, other) => Number(one.isNull) - Number(other.isNull))
        .map((branch) => typeText(branch.type))
        .join(' or ')
  }
}
