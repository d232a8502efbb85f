import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { parseSchema } from '../../../../src/schemas/avro/parse-schema.ts'
import { avroSamples } from '../../../support/avro-arbitraries.ts'
import { avscType } from '../../../support/avsc-oracle.ts'
import { record } from './codec-cases.ts'

const field = (type: unknown, more: object = {}): object => ({ name: 'f', type, ...more })

const unusable: readonly [what: string, schema: unknown, message: RegExp][] = [
  ['an unknown name', 'strin', /no type "strin"/],
  ['a type without "type"', {}, /no "type"/],
  ['a number', 5, /neither a name/],
  ['an array without items', { type: 'array' }, /no "items"/],
  ['a map without values', { type: 'map' }, /no "values"/],
  ['an empty union', [], /no branches/],
  ['a union in a union', ['null', ['int']], /union as a branch/],
  ['a union with two arrays', ['int', { type: 'int', logicalType: 'date' }], /two branches of the type "int"/],
  ['a fixed of negative size', { type: 'fixed', name: 'F', size: -1 }, /no valid size/],
  ['an enum with a symbol twice', { type: 'enum', name: 'E', symbols: ['A', 'A'] }, /symbol twice/],
  ['an enum with a bad symbol', { type: 'enum', name: 'E', symbols: ['a b'] }, /no valid symbols/],
  [
    'an enum with a strange default',
    { type: 'enum', name: 'E', symbols: ['A'], default: 'B' },
    /not one of its symbols/,
  ],
  ['a record without a name', { type: 'record', fields: [] }, /has no name/],
  ['a record named as a primitive', { type: 'record', name: 'int', fields: [] }, /not a valid name/],
  ['a record without fields', { type: 'record', name: 'R' }, /no fields/],
  ['a field twice', record('R', field('int'), field('int')), /"f" twice/],
  ['a field with a bad name', record('R', { name: 'a-b', type: 'int' }), /without a valid name/],
  ['a type twice', record('R', field({ type: 'fixed', name: 'R', size: 1 })), /defined twice/],
  ['a default of the wrong type', record('R', field('int', { default: 'x' })), /default of the field "f" of "R"/],
  [
    'a default of the wrong size',
    record('R', field({ type: 'fixed', name: 'F', size: 2 }, { default: 'x' })),
    /default/,
  ],
  ['a default without end', record('R', field('R', { default: {} })), /default/],
  ['a decimal of a million digits', { type: 'bytes', logicalType: 'decimal', precision: 1e6 }, /precision above/],
]

suite('parseSchema', () => {
  for (const [what, schema, message] of unusable) {
    test(`${what} is a SchemaError`, () => {
      assert.throws(() => compileAvro(JSON.stringify(schema)), { name: 'SchemaError', message })
    })
  }

  test('a default that could be filled in without end, in 2^60 ways, is a SchemaError at once', () => {
    const b = record('B', field(['A', 'B'], { default: {} }))
    const schema = record('A', field(['A', b], { default: {} }))

    assert.throws(() => compileAvro(JSON.stringify(schema)), { name: 'SchemaError', message: /default/ })
  })

  test('text that is not JSON is a SchemaError', () => {
    assert.throws(() => parseSchema('{', []), { name: 'SchemaError', message: /The schema is not valid JSON/ })
    assert.throws(() => parseSchema('['.repeat(100_000), []), { name: 'SchemaError' })
  })

  test('names resolve in the namespace that they stand in, and without one where that has no such name', () => {
    const inner = { type: 'fixed', name: 'Inner', size: 1 }
    const bare = { type: 'fixed', name: 'Bare', namespace: '', size: 1 }
    const schema = {
      ...record(
        'a.b.Outer',
        field(inner),
        { name: 'g', type: bare },
        { name: 'h', type: ['Inner', 'a.b.Outer', 'Bare'] },
      ),
      aliases: ['Old', 'x.Older'],
    }

    const node = parseSchema(JSON.stringify(schema), [])

    assert.ok(node.kind === 'record')
    assert.deepEqual(node.aliases, ['a.b.Old', 'x.Older'])
    const union = node.fields[2]?.type
    assert.ok(union?.kind === 'union')
    assert.deepEqual(
      union.branches.map((branch) => 'name' in branch && branch.name),
      ['a.b.Inner', 'a.b.Outer', 'Bare'],
    )
    assert.equal(union.branches[1], node)
  })

  test('types of referenced schemas are known by name', () => {
    const money = { type: 'record', name: 'Money', namespace: 'shop', fields: [field('long')] }
    const price = { type: 'record', name: 'Price', namespace: 'shop', fields: [field('Money')] }

    const node = parseSchema(
      '"shop.Price"',
      [money, price].map((schema) => JSON.stringify(schema)),
    )

    assert.ok(node.kind === 'record' && node.fields[0]?.type.kind === 'record')
    assert.equal(node.fields[0].type.name, 'shop.Money')
  })

  test('docs, aliases, orders, defaults and logical types are kept; logical types that are not valid are not', () => {
    const schema = record(
      'R',
      field({ type: 'int', logicalType: 'date' }, { doc: 'When.', aliases: ['g'], order: 'ignore', default: 0 }),
      { name: 'h', type: { type: 'string', logicalType: 'date' } },
      { name: 'i', type: { type: 'fixed', name: 'F', size: 1, logicalType: 'decimal', precision: 3 } },
    )

    const node = parseSchema(JSON.stringify({ ...schema, doc: 'A record.' }), [])

    assert.deepEqual(node, {
      kind: 'record',
      name: 'R',
      doc: 'A record.',
      aliases: [],
      fields: [
        {
          name: 'f',
          type: { kind: 'int', logical: { name: 'date' } },
          doc: 'When.',
          aliases: ['g'],
          order: 'ignore',
          default: 0,
        },
        { name: 'h', type: { kind: 'string' }, aliases: [], order: 'ascending' },
        { name: 'i', type: { kind: 'fixed', name: 'F', aliases: [], size: 1 }, aliases: [], order: 'ascending' },
      ],
    })
  })

  test('what avsc takes, generated, is taken', () => {
    fc.assert(
      fc.property(avroSamples(), ({ schema }) => {
        avscType(schema)

        parseSchema(JSON.stringify(schema), [])
      }),
      { numRuns: 300 },
    )
  })
})
