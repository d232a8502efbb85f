import type {
  NaturalField,
  NaturalModel,
  NaturalType,
  RecordType,
  SymbolsType,
  UnionType,
} from './model/natural-type.ts'
import { typeNames } from './type-names.ts'

/** Both forms of a topic's events; null where they may be any JSON. */
export interface TypesOfTopic {
  /** What is said above the types, a line each. */
  about: readonly string[]
  published: NaturalModel | null
  read: NaturalModel | null
}

/** A TypeScript module: `Event` as it is published, `Read.Event` as it is read, and the types of both. */
export function typescript({ about, published, read }: TypesOfTopic): string {
  return [
    comment(about, ''),
    `${comment(['An event as it is published.'], '')}${moduleOf(published, '')}`,
    `${comment(['As it is read: every field is there.'], '')}export namespace Read {\n${moduleOf(read, '  ')}}\n`,
  ].join('\n')
}

function moduleOf(model: NaturalModel | null, indent: string): string {
  if (model === null) {
    return `${indent}export type Event = Json\n\n${indent}export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }\n`
  }
  return new TypeWriter(model, indent).module()
}

class TypeWriter {
  readonly #model: NaturalModel
  readonly #indent: string
  readonly #enums = new Map<string, SymbolsType>()
  readonly #names: ReadonlyMap<string, string>

  constructor(model: NaturalModel, indent: string) {
    this.#model = model
    this.#indent = indent
    for (const type of typesOf(model)) {
      if (type.is === 'symbols' && type.name !== undefined) this.#enums.set(type.name, type)
    }
    this.#names = typeNames([...model.records.keys(), ...this.#enums.keys()], [])
  }

  module(): string {
    const { root, records } = this.#model
    const declarations = [
      `${this.#indent}export type Event = ${this.#written(root)}\n`,
      ...[...records.values()].map((record) => this.#interface(record)),
      ...[...this.#enums.values()].map((type) => this.#enum(type)),
    ]
    return declarations.join('\n')
  }

  #interface({ name, doc, fields }: RecordType): string {
    const head = `${comment([...linesOf(doc), `Avro: ${name}`], this.#indent)}${this.#indent}export interface ${this.#names.get(name)}`
    if (fields.length === 0) return `${head} {\n${this.#indent}  [name: string]: never\n${this.#indent}}\n`
    return `${head} {\n${fields.map((field) => this.#field(field)).join('')}${this.#indent}}\n`
  }

  #field({ name, type, doc, isOptional, default: fallback }: NaturalField): string {
    const about = [...linesOf(doc), ...aboutOf(type)]
    if (fallback !== undefined) about.push(`Default: ${JSON.stringify(fallback)}`)
    const indent = `${this.#indent}  `
    return `${comment(about, indent)}${indent}${memberName(name)}${isOptional ? '?' : ''}: ${this.#written(type)}\n`
  }

  #enum({ name = '', doc, symbols }: SymbolsType): string {
    const head = comment([...linesOf(doc), `Avro: ${name}`], this.#indent)
    return `${head}${this.#indent}export type ${this.#names.get(name)} = ${symbols.map(quoted).join(' | ') || 'never'}\n`
  }

  #written(type: NaturalType): string {
    switch (type.is) {
      case 'null':
      case 'boolean':
        return type.is
      case 'number':
        return 'number'
      case 'text':
        return 'string'
      case 'symbols':
        return type.name === undefined ? type.symbols.map(quoted).join(' | ') : (this.#names.get(type.name) as string)
      case 'spellings':
        return alternatives(type.of.map((each) => this.#written(each)))
      case 'array':
        return `Array<${this.#written(type.items)}>`
      case 'map':
        return `{ [name: string]: ${this.#written(type.values)} }`
      case 'record':
        return this.#names.get(type.name) as string
      case 'union':
        return this.#union(type)
    }
  }

  #union({ branches }: UnionType): string {
    const plain = branches.map(({ type }) => this.#written(type))
    const explicit = branches
      .filter(({ isExplicit }) => isExplicit)
      .map(({ name, type }) => `{ ${memberName(name)}: ${this.#written(type)} }`)
    return alternatives([...plain, ...explicit])
  }
}

const alternatives = (written: readonly string[]): string => [...new Set(written)].join(' | ')

function* typesOf({ root, records }: NaturalModel): Generator<NaturalType> {
  yield* partsOf(root)
  for (const { fields } of records.values()) for (const { type } of fields) yield* partsOf(type)
}

function* partsOf(type: NaturalType): Generator<NaturalType> {
  yield type
  if (type.is === 'array') yield* partsOf(type.items)
  if (type.is === 'map') yield* partsOf(type.values)
  if (type.is === 'union') for (const branch of type.branches) yield* partsOf(branch.type)
}

/** What its type does not say of a value. */
function aboutOf(type: NaturalType): string[] {
  switch (type.is) {
    case 'spellings':
      return [type.about]
    case 'text':
      return type.about === undefined ? [] : [type.about]
    case 'array':
      return aboutOf(type.items)
    case 'map':
      return aboutOf(type.values)
    case 'union':
      return [...new Set(type.branches.flatMap((branch) => aboutOf(branch.type)))]
    default:
      return []
  }
}

const quoted = (text: string): string => JSON.stringify(text)
const memberName = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : quoted(name)

// A line separator would end a line of a comment, too.
const linesOf = (text: string | undefined): string[] =>
  text === undefined || text === '' ? [] : text.split(/\r\n|[\n\r\u2028\u2029]/)

function comment(lines: readonly string[], indent: string): string {
  const safe = lines.map((line) => line.replaceAll('*/', '*\\/').trimEnd())
  if (safe.length === 0) return ''
  if (safe.length === 1) return `${indent}/** ${safe[0]} */\n`
  return `${indent}/**\n${safe.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('')}${indent} */\n`
}
