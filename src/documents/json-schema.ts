import type { JsonValue } from '../json/json-value.ts'
import type {
  NaturalModel,
  NaturalType,
  NumberType,
  RecordType,
  TextType,
  UnionBranch,
  UnionType,
} from './model/natural-type.ts'

export type JsonSchema = Record<string, unknown>

interface SchemaStyle {
  /** Where the schemas of records are. */
  refTo: (record: string) => string
  /**
   * Which branches of unions have their explicit form: all, as the gateway takes them, or those of which some values need it. The latter is
   * what clients in other languages are best made from.
   */
  explicit: 'all' | 'needed'
}

/** A document of its own. */
export function jsonSchemaDocument(model: NaturalModel, about: JsonSchema): JsonSchema {
  const style: SchemaStyle = { refTo: (record) => `#/$defs/${record}`, explicit: 'all' }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...about,
    ...jsonSchema(model.root, style),
    ...(model.records.size > 0 && { $defs: recordSchemas(model, style) }),
  }
}

export function recordSchemas({ records }: NaturalModel, style: SchemaStyle): Record<string, JsonSchema> {
  return Object.fromEntries([...records].map(([name, record]) => [name, recordSchema(record, style)]))
}

export function jsonSchema(type: NaturalType, style: SchemaStyle): JsonSchema {
  switch (type.is) {
    case 'null':
    case 'boolean':
      return { type: type.is }
    case 'number':
      return numberSchema(type)
    case 'text':
      return textSchema(type)
    case 'symbols':
      return {
        type: 'string',
        enum: type.symbols,
        ...(type.name !== undefined && { title: type.name }),
        ...(type.doc !== undefined && { description: type.doc }),
      }
    case 'spellings':
      return { description: type.about, anyOf: type.of.map((each) => jsonSchema(each, style)) }
    case 'array':
      return { type: 'array', items: jsonSchema(type.items, style) }
    case 'map':
      return { type: 'object', additionalProperties: jsonSchema(type.values, style) }
    case 'record':
      return { $ref: style.refTo(type.name) }
    case 'union':
      return unionSchema(type, style)
  }
}

function numberSchema({ isInteger, least, most, about }: NumberType): JsonSchema {
  return {
    type: isInteger ? 'integer' : 'number',
    ...(least !== undefined && { minimum: least }),
    ...(most !== undefined && { maximum: most }),
    ...(about !== undefined && { description: about }),
  }
}

function textSchema({ pattern, length, isBase64, isUuid, about }: TextType): JsonSchema {
  return {
    type: 'string',
    ...(pattern !== undefined && { pattern: `^(?:${pattern})$` }),
    ...(length !== undefined && { minLength: length, maxLength: length }),
    ...(isBase64 && { contentEncoding: 'base64' }),
    ...(isUuid && { format: 'uuid' }),
    ...(about !== undefined && { description: about }),
  }
}

function recordSchema({ name, doc, fields }: RecordType, style: SchemaStyle): JsonSchema {
  const required = fields.filter(({ isOptional }) => !isOptional).map((field) => field.name)
  const properties = fields.map((field): [string, JsonSchema] => [
    field.name,
    {
      ...jsonSchema(field.type, style),
      ...(field.doc !== undefined && { description: field.doc }),
      ...(field.default !== undefined && { default: field.default satisfies JsonValue }),
    },
  ])
  return {
    title: name,
    ...(doc !== undefined && { description: doc }),
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  }
}

/**
 * A value that several branches would take is none of them, but for a text that the branch `string` takes, and for plain numbers, among
 * which the gateway chooses. An object with one member that names a branch is always the explicit form.
 */
function unionSchema({ branches, isShared }: UnionType, style: SchemaStyle): JsonSchema {
  const names = branches.map(({ name }) => name)
  const plain = (branch: UnionBranch): JsonSchema => ({
    ...jsonSchema(branch.type, style),
    ...(branch.looksExplicit && { not: explicitForm(names) }),
  })
  const chosen = branches.filter(({ isString }) => isString).map(plain)
  const numbers = branches.filter(({ isPlainNumber }) => isPlainNumber).map(plain)
  const others = branches.filter(({ isString, isPlainNumber }) => !isString && !isPlainNumber).map(plain)
  const groups = [...(numbers.length > 1 ? [{ anyOf: numbers }] : numbers), ...others]
  const matched = isShared && groups.length > 1 ? [{ oneOf: groups }] : groups
  const explicit = branches.filter(({ isExplicit }) => isExplicit || style.explicit === 'all')
  return { anyOf: [...chosen, ...matched, ...(explicit.length > 0 ? [explicitSchema(explicit, style)] : [])] }
}

const explicitForm = (names: readonly string[]): JsonSchema => ({
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  propertyNames: { enum: names },
})

function explicitSchema(branches: readonly UnionBranch[], style: SchemaStyle): JsonSchema {
  return {
    description: 'The type of the union, and its value.',
    type: 'object',
    properties: Object.fromEntries(branches.map(({ name, type }) => [name, jsonSchema(type, style)])),
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  }
}
