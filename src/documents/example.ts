import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { exampleText } from './example-texts.ts'
import type { NaturalField, NaturalModel, NaturalType, UnionType } from './model/natural-type.ts'

const mostValues = 2_000
const deepest = 32

/** A valid event with everything in it, as it is published; undefined where each would be without end, or very large. */
export function exampleOf(model: NaturalModel): JsonValue | undefined {
  return new ExampleWriter(model).value(model.root, 'value', [])
}

class ExampleWriter {
  readonly #model: NaturalModel
  #valuesLeft = mostValues

  constructor(model: NaturalModel) {
    this.#model = model
  }

  /** `name`: of the field. `inside`: the records around it. */
  value(type: NaturalType, name: string, inside: readonly string[]): JsonValue | undefined {
    if (this.#valuesLeft-- <= 0) return undefined
    switch (type.is) {
      case 'null':
        return null
      case 'boolean':
        return true
      case 'number':
        return type.example
      case 'text':
        return isPlainText(type) ? exampleText(name) : type.example
      case 'symbols':
        return type.symbols[0]
      case 'spellings':
        return this.value(type.of[0] as NaturalType, name, inside)
      case 'array':
        return this.#item(type.items, name.replace(/s$/, ''), inside)
      case 'map': {
        const value = this.#inner(type.values, name, inside)
        return value === undefined ? {} : { key: value }
      }
      case 'record':
        return this.#record(type.name, inside)
      case 'union':
        return this.#union(type, name, inside)
    }
  }

  #item(items: NaturalType, name: string, inside: readonly string[]): JsonValue[] {
    const item = this.#inner(items, name, inside)
    return item === undefined ? [] : [item]
  }

  /** Undefined where it may as well be left out. */
  #inner(type: NaturalType, name: string, inside: readonly string[]): JsonValue | undefined {
    return inside.length >= deepest ? undefined : this.value(type, name, inside)
  }

  #record(name: string, inside: readonly string[]): JsonValue | undefined {
    const record = this.#model.records.get(name)
    if (!record || inside.includes(name) || inside.length >= deepest) return undefined
    const value: JsonObject = {}
    for (const field of record.fields) {
      const member = this.#member(field, [...inside, name])
      if (member !== undefined) Object.defineProperty(value, field.name, { value: member, enumerable: true })
      else if (!field.isOptional) return undefined
    }
    return value
  }

  #member({ name, type, isOptional }: NaturalField, inside: readonly string[]): JsonValue | undefined {
    const member = isOptional && this.#valuesLeft < mostValues / 2 ? undefined : this.value(type, name, inside)
    return member
  }

  /** The first branch that is not null, where there is a value of it that ends. */
  #union({ branches }: UnionType, name: string, inside: readonly string[]): JsonValue | undefined {
    const order = branches.toSorted((one, other) => Number(one.isNull) - Number(other.isNull))
    for (const branch of order) {
      const value = this.value(branch.type, name, inside)
      if (value === undefined) continue
      return branch.isExplicit && !branch.isString ? { [branch.name]: value } : value
    }
    return undefined
  }
}

const isPlainText = ({ pattern, about }: { pattern?: string; about?: string }): boolean =>
  pattern === undefined && about === undefined
