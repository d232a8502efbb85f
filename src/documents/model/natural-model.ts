import { naturalDefaults } from '../../schemas/avro/natural-default.ts'
import {
  branchName,
  type FieldNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from '../../schemas/avro/schema-node.ts'
import type {
  Direction,
  NaturalField,
  NaturalModel,
  NaturalType,
  RecordType,
  UnionBranch,
  UnionType,
} from './natural-type.ts'
import { bytesType, enumType, fixedType, numberType, stringType } from './scalar-types.ts'

/** What natural JSON has where the schema has a type. */
export function naturalModel(schema: SchemaNode, direction: Direction): NaturalModel {
  const builder = new ModelBuilder(direction)
  return { root: builder.typeOf(schema), records: builder.records }
}

class ModelBuilder {
  readonly records = new Map<string, RecordType>()
  readonly #direction: Direction
  readonly #defaultOf = naturalDefaults()

  constructor(direction: Direction) {
    this.#direction = direction
  }

  typeOf(node: SchemaNode): NaturalType {
    switch (node.kind) {
      case 'null':
      case 'boolean':
        return { is: node.kind }
      case 'int':
      case 'long':
      case 'float':
      case 'double':
        return numberType(node, this.#direction)
      case 'bytes':
        return bytesType(node, this.#direction)
      case 'string':
        return stringType(node, this.#direction)
      case 'fixed':
        return fixedType(node, this.#direction)
      case 'enum':
        return enumType(node)
      case 'array':
        return { is: 'array', items: this.typeOf(node.items) }
      case 'map':
        return { is: 'map', values: this.typeOf(node.values) }
      case 'record':
        return this.#record(node)
      case 'union':
        return this.#union(node)
    }
  }

  #record(node: RecordNode): NaturalType {
    const { name, doc } = node
    if (!this.records.has(name)) {
      const fields: NaturalField[] = []
      this.records.set(name, { name, ...(doc !== undefined && { doc }), fields })
      for (const field of node.fields) fields.push(this.#field(field, name))
    }
    return { is: 'record', name }
  }

  #field(field: FieldNode, record: string): NaturalField {
    const { name, type, doc, aliases } = field
    const fallback = this.#defaultOf(field, record)
    return {
      name,
      type: this.typeOf(type),
      ...(doc !== undefined && { doc }),
      isOptional: fallback !== undefined && this.#direction === 'publish',
      ...(fallback !== undefined && { default: fallback }),
      aliases,
    }
  }

  #union({ branches }: UnionNode): UnionType {
    const names = branches.map(branchName)
    const isShared = this.#direction === 'publish' && branches.some((node) => sharesForm(node, branches))
    const all = branches.map((node): UnionBranch => {
      const looksExplicit = this.#looksExplicit(node, names)
      return {
        name: branchName(node),
        type: this.typeOf(node),
        isExplicit: looksExplicit || sharesForm(node, branches),
        looksExplicit,
        isPlainNumber: ['int', 'long', 'float', 'double'].includes(node.kind) && !('logical' in node),
        isString: node.kind === 'string',
        isNull: node.kind === 'null',
      }
    })
    return { is: 'union', branches: all, isShared }
  }

  #looksExplicit(node: SchemaNode, names: readonly string[]): boolean {
    if (node.kind === 'map') return true
    if (node.kind !== 'record') return false
    const mayHaveOneMember = this.#direction === 'publish' || node.fields.length === 1
    return mayHaveOneMember && node.fields.some(({ name }) => names.includes(name))
  }
}

const sharesForm = (node: SchemaNode, branches: readonly SchemaNode[]): boolean =>
  branches.some((other) => other !== node && formsOf(other).some((form) => formsOf(node).includes(form)))

/** The JSON types that values of a type are written as. */
function formsOf(node: SchemaNode): readonly string[] {
  switch (node.kind) {
    case 'null':
    case 'boolean':
    case 'array':
      return [node.kind]
    case 'map':
    case 'record':
      return ['object']
    case 'int':
      return node.logical ? ['number', 'string'] : ['number']
    case 'long':
    case 'float':
    case 'double':
      return ['number', 'string']
    case 'bytes':
    case 'fixed':
      return node.logical?.name === 'decimal' ? ['number', 'string'] : ['string']
    default:
      return ['string']
  }
}
