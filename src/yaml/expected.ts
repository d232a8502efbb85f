import { z } from 'zod'

/** What a schema takes, in words: its `expected` meta where it has one. Faults and documentation both say this. */
export function expectedOf(schema: z.ZodType): string {
  const bare = unwrapped(schema)
  const said = bare.meta()?.expected
  if (typeof said === 'string') return said
  if (bare instanceof z.ZodNumber) return expectedNumber(bare)
  if (bare instanceof z.ZodBoolean) return '`true` or `false`'
  if (bare instanceof z.ZodEnum) return `one of ${bare.options.map((option) => `\`${option}\``).join(', ')}`
  if (bare instanceof z.ZodArray) return `a list, each ${expectedOf(bare.element as z.ZodType)}`
  if (bare instanceof z.ZodUnion) {
    return bare.options.map((option) => expectedOf(option as z.ZodType)).join(' or ')
  }
  if (bare instanceof z.ZodObject || bare instanceof z.ZodRecord) return 'a mapping of names to values'
  return 'a text'
}

/** The schema inside defaults and `optional`. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema
}

/** The schema of the value at `path`, if the schema knows that path. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  const bare = unwrapped(schema)
  const [first, ...rest] = path
  if (first === undefined) return bare
  if (bare instanceof z.ZodArray) return schemaAt(bare.element as z.ZodType, rest)
  if (bare instanceof z.ZodRecord) return schemaAt(bare.valueType as z.ZodType, rest)
  if (!(bare instanceof z.ZodObject)) return undefined
  const shape: Record<PropertyKey, z.ZodType> = bare.shape
  const member = Object.hasOwn(shape, first) ? shape[first] : undefined
  return member && schemaAt(member, rest)
}

function expectedNumber({ minValue, maxValue }: z.ZodNumber): string {
  const from = minValue ?? Number.MIN_SAFE_INTEGER
  const hasTop = maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER
  return hasTop ? `a whole number from ${from} to ${maxValue}` : `a whole number, ${from} or more`
}
