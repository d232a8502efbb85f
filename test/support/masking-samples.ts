import fc from 'fast-check'
import type { MaskForm } from '../../src/contracts/masking.ts'
import type { JsonObject, JsonValue } from '../../src/json/json-value.ts'

/** A schema as a tree, each leaf with a value that no other one has. */
export type Shape =
  | { kind: 'leaf'; type: 'string' | 'long' | 'bytes' | 'decimal'; tags: string[] }
  | { kind: 'record'; fields: Shape[]; tags: string[] }
  | { kind: 'array'; items: Shape; count: number; tags: string[] }
  | { kind: 'map'; values: Shape; keys: string[]; tags: string[] }
  | { kind: 'union'; branches: Shape[]; chosen: number; tags: string[] }

export interface MaskingSample {
  shape: Shape
  fields: Record<string, MaskForm>
  tags: Record<string, MaskForm>
  others: 'show' | 'mask' | 'drop'
}

export const fieldNames = ['a', 'b', 'c', 'd']
export const mapKeys = ['k', 'l', 'm']

const fieldsOf = (shape: Shape | undefined): number => (shape?.kind === 'record' ? shape.fields.length : 0)

const form = fc.constantFrom<MaskForm>('show', 'mask', 'hash', 'drop')
const tags = fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, fc.subarray(['PII', 'SECRET', 'OTHER']))

const shapes = fc.letrec<{ shape: Shape; leaf: Shape; record: Shape }>((tie) => ({
  leaf: fc.record({
    kind: fc.constant('leaf'),
    type: fc.constantFrom('string', 'long', 'bytes', 'decimal'),
    tags,
  }) as fc.Arbitrary<Shape>,
  record: fc.record({
    kind: fc.constant('record'),
    fields: fc.array(tie('shape'), { minLength: 1, maxLength: 4 }),
    tags: fc.constant<string[]>([]),
  }) as fc.Arbitrary<Shape>,
  shape: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('record'),
    fc.record({ kind: fc.constant('array'), items: tie('shape'), count: fc.nat(3), tags }) as fc.Arbitrary<Shape>,
    fc.record({
      kind: fc.constant('map'),
      values: tie('shape'),
      keys: fc.subarray(mapKeys),
      tags,
    }) as fc.Arbitrary<Shape>,
    fc
      .tuple(fc.array(tie('record'), { minLength: 1, maxLength: 2 }), fc.nat(3), tags)
      // Branches of the same fields are masked as both: see the tests of unions.
      .filter(([[one, other]]) => fieldsOf(one) !== fieldsOf(other))
      .map(([records, chosen, own]): Shape => {
        const branches: Shape[] = [...records, { kind: 'leaf', type: 'string', tags: [] }]
        return { kind: 'union', branches, chosen: chosen % branches.length, tags: own }
      }),
  ),
}))

const segment = fc.constantFrom('a', 'b', 'c', 'd', 'k', 'l', '*')
const pointer = fc.array(segment, { maxLength: 4 }).map((segments) => segments.map((each) => `/${each}`).join(''))

export const maskingSamples: fc.Arbitrary<MaskingSample> = fc.record({
  shape: shapes.record,
  fields: fc.dictionary(pointer, form, { maxKeys: 5, noNullPrototype: true }),
  tags: fc.dictionary(fc.constantFrom('PII', 'SECRET'), form, { noNullPrototype: true }),
  others: fc.constantFrom<MaskingSample['others']>('show', 'show', 'mask', 'drop'),
})

/** The schema's JSON; names of records are their places, so that a place is found again. */
export function schemaOf(shape: Shape, path = 'R'): JsonValue {
  const tagged = shape.tags.length > 0 ? { tags: shape.tags } : {}
  switch (shape.kind) {
    case 'leaf':
      return shape.type === 'decimal'
        ? { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2, ...tagged }
        : { type: shape.type, ...tagged }
    case 'record':
      return {
        type: 'record',
        name: path,
        fields: shape.fields.map((field, index) => ({
          name: fieldNames[index] as string,
          type: schemaOf(field, `${path}${index}`),
        })),
        ...tagged,
      }
    case 'array':
      return { type: 'array', items: schemaOf(shape.items, `${path}i`), ...tagged }
    case 'map':
      return { type: 'map', values: schemaOf(shape.values, `${path}v`), ...tagged }
    case 'union': {
      const branches = shape.branches.map((branch, index) => schemaOf(branch, `${path}u${index}`))
      // A union has no attributes of its own: its tags stand on one of the branches.
      return branches.map((branch, index) => (index === 0 ? { ...(branch as JsonObject), ...tagged } : branch))
    }
  }
}

/** A value of the schema, in natural JSON with explicit branches. */
export function sampleValue(shape: Shape, path = 'R', counter = { next: 1 }): JsonValue {
  switch (shape.kind) {
    case 'leaf':
      return leafValue(shape.type, counter.next++)
    case 'record':
      return Object.fromEntries(
        shape.fields.map((field, index) => [fieldNames[index], sampleValue(field, `${path}${index}`, counter)]),
      )
    case 'array':
      return Array.from({ length: shape.count }, () => sampleValue(shape.items, `${path}i`, counter))
    case 'map':
      return Object.fromEntries(shape.keys.map((key) => [key, sampleValue(shape.values, `${path}v`, counter)]))
    case 'union': {
      const branch = shape.branches[shape.chosen] as Shape
      const name = branch.kind === 'record' ? `${path}u${shape.chosen}` : 'string'
      return { [name]: sampleValue(branch, `${path}u${shape.chosen}`, counter) }
    }
  }
}

function leafValue(type: 'string' | 'long' | 'bytes' | 'decimal', number: number): JsonValue {
  switch (type) {
    case 'string':
      return `text-${number}-end`
    case 'long':
      return 70_000_000_000 + number
    case 'bytes':
      return Buffer.from(`bytes-${number}-end`).toString('base64')
    case 'decimal':
      return `${5_000_000 + number}.25`
  }
}
