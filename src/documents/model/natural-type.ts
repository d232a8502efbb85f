import type { ExactNumber, JsonValue } from '../../json/json-value.ts'

/**
 * What may stand in natural JSON where a schema has a type: the one thing that JSON Schema, TypeScript and examples are written from.
 * Recursion goes through {@link RecordType} alone, which is named.
 */
export type NaturalType =
  | { is: 'null' | 'boolean' }
  | NumberType
  | TextType
  | SymbolsType
  | { is: 'spellings'; name: string; of: readonly (NumberType | TextType | SymbolsType)[]; about: string }
  | { is: 'array'; items: NaturalType }
  | { is: 'map'; values: NaturalType }
  | { is: 'record'; name: string }
  | UnionType

export interface NumberType {
  is: 'number'
  isInteger: boolean
  least?: number | ExactNumber
  most?: number | ExactNumber
  example: number
  about?: string
}

export interface TextType {
  is: 'text'
  /** A regular expression of the whole text, as ECMAScript has them. */
  pattern?: string
  /** In characters, where all have the same. */
  length?: number
  isBase64?: true
  isUuid?: true
  example: string
  about?: string
}

/** One of these texts. */
export interface SymbolsType {
  is: 'symbols'
  symbols: readonly string[]
  /** Of an enum: its full name. */
  name?: string
  doc?: string
}

export interface UnionBranch {
  /** As the explicit form, `{"name": …}`, names it. */
  name: string
  type: NaturalType
  /** Whether the explicit form is ever needed, or, of what is read, ever comes. */
  isExplicit: boolean
  /** Whether a plain value of it may have one member alone that names a branch, and would be taken for the explicit form. */
  looksExplicit: boolean
  /** A number without a logical type: where several such branches match, the gateway chooses. */
  isPlainNumber: boolean
  /** It goes before all others that are written as texts. */
  isString: boolean
  isNull: boolean
}

export interface UnionType {
  is: 'union'
  branches: readonly UnionBranch[]
  /** Whether some values match more than one branch, and are refused for it. */
  isShared: boolean
}

export interface RecordType {
  name: string
  doc?: string
  fields: readonly NaturalField[]
}

export interface NaturalField {
  name: string
  type: NaturalType
  doc?: string
  isOptional: boolean
  /** What stands there where it is left out. */
  default?: JsonValue
  /** Former names, which events may not use. */
  aliases: readonly string[]
}

/** As events are published, or as they are read. */
export type Direction = 'publish' | 'read'

export interface NaturalModel {
  root: NaturalType
  records: ReadonlyMap<string, RecordType>
}
