import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { segmentsOf, valueAt } from '../../../../src/json/json-pointer.ts'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { parseSchema } from '../../../../src/schemas/avro/parse-schema.ts'
import { SchemaError } from '../../../../src/schemas/avro/schema-error.ts'
import { readParts } from '../../../../src/schemas/governance/avro/read-parts.ts'
import { avroSchemas } from '../../../support/avro-arbitraries.ts'
import { damagedSchemas } from '../../../support/damaged-schemas.ts'

const record = (name: string, ...fields: JsonValue[]): JsonValue => ({ type: 'record', name, fields })

const faulty: readonly [what: string, schema: JsonValue, faults: [pointer: string, message: RegExp][]][] = [
  ['an unknown name', 'strin', [['', /no type "strin"\. Did you mean "string"\?/]]],
  ['an unknown name as a type', { type: 'integer' }, [['/type', /no type "integer"/]]],
  ['what is no type', 5, [['', /neither a name/]]],
  ['a type without "type"', { items: {} }, [['', /no "type"/]]],
  [
    'containers of nothing',
    [{ type: 'array' }, { type: 'map' }],
    [
      ['/0', /no "items"/],
      ['/1', /no "values"/],
    ],
  ],
  [
    'unions of nothing and of unions',
    ['null', [], { type: ['int'] }],
    [
      ['/1', /no branches/],
      ['/1', /union as a branch/],
      ['/2', /union as a branch/],
    ],
  ],
  [
    'branches twice',
    ['int', 'string', { type: 'int', logicalType: 'date' }],
    [['/2', /two branches of the type "int"/]],
  ],
  [
    'a fixed without name and size',
    { type: 'fixed' },
    [
      ['', /no name/],
      ['', /no valid size/],
    ],
  ],
  ['a fixed of a strange size', { type: 'fixed', name: 'F', size: '1' }, [['/size', /no valid size/]]],
  ['an enum without symbols', { type: 'enum', name: 'E' }, [['', /no list of symbols/]]],
  [
    'an enum with everything wrong',
    { type: 'enum', name: 'a b', symbols: ['A', 'A', 7, 'x-y'], default: 'B' },
    [
      ['/name', /"a b" is not a valid name/],
      ['/symbols/1', /symbol "A" twice/],
      ['/symbols/2', /not a valid name/],
      ['/symbols/3', /not a valid name/],
      ['/default', /not one of its symbols/],
    ],
  ],
  ['a record without fields', { type: 'record', name: 'R' }, [['', /no list of fields/]]],
  [
    'a record with strange fields',
    { type: 'record', name: 'int', fields: {} },
    [
      ['/name', /"int" is not a valid name/],
      ['/fields', /no list of fields/],
    ],
  ],
  [
    'fields of all sorts',
    record(
      'R',
      1,
      { type: 'int' },
      { name: 'a-b', type: 'int' },
      { name: 'c' },
      { name: 'd', type: 'int' },
      { name: 'd', type: 'Q' },
    ),
    [
      ['/fields/0', /not an object/],
      ['/fields/1', /no name/],
      ['/fields/2/name', /"a-b" is not a valid name/],
      ['/fields/3', /"c" has no "type"/],
      ['/fields/5/name', /"d" twice/],
      ['/fields/5/type', /no type "Q"/],
    ],
  ],
  [
    'a type twice',
    record('R', { name: 'a', type: { type: 'fixed', name: 'R', size: 1 } }),
    [['/fields/0/type/name', /"R" is defined twice/]],
  ],
  [
    'a decimal of a million digits',
    record('R', { name: 'a', type: { type: 'bytes', logicalType: 'decimal', precision: 1e6 } }),
    [['/fields/0/type', /precision above/]],
  ],
  [
    'a name before it is defined',
    ['R', record('R')],
    [
      ['/0', /no type "R"/],
      ['/1', /two branches/],
    ],
  ],
]

suite('the parts of a schema', () => {
  for (const [what, schema, faults] of faulty) {
    test(`have every fault of ${what}`, () => {
      const reading = readParts(schema)

      assert.deepEqual(
        reading.faults.map(({ pointer }) => pointer),
        faults.map(([pointer]) => pointer),
      )
      for (const [index, [, message]] of faults.entries()) assert.match(reading.faults[index]?.message ?? '', message)
    })
  }

  test('are without faults exactly where the schema can be used, whatever was done to it', () => {
    let usable = 0
    const property = fc.property(damagedSchemas(), (schema) => {
      const isUsable = canBeParsed(schema, [])
      if (isUsable) usable++

      const { faults } = readParts(schema)

      assert.equal(faults.length === 0, isUsable, JSON.stringify(faults))
    })
    fc.assert(property, { numRuns: 400 })
    assert.ok(usable > 40 && usable < 360, `${usable}`)
  })

  test('and its faults stand at places that the schema has', () => {
    const property = fc.property(damagedSchemas(), (schema) => {
      const { parts, faults } = readParts(schema)

      for (const { pointer } of [...parts, ...faults]) {
        assert.notEqual(valueAt(schema, segmentsOf(pointer)), undefined, pointer)
      }
      for (const part of parts) assert.equal(valueAt(schema, segmentsOf(part.pointer)), part.json)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('use the types of references, by full name or in their namespace', () => {
    const reference: JsonValue = { type: 'enum', name: 'org.example.Colour', symbols: ['A'] }
    const plain: JsonValue = { type: 'fixed', name: 'Plain', size: 1 }
    const schema: JsonValue = {
      type: 'record',
      name: 'org.example.R',
      fields: ['Colour', 'org.example.Colour', 'Plain'].map((type, index) => ({ name: `f${index}`, type })),
    }

    const { parts, faults, defined } = readParts(schema, ['org.example.Colour', 'Plain'])

    assert.deepEqual(faults, [])
    assert.ok(canBeParsed(schema, [reference, plain]))
    assert.deepEqual([...defined], [['org.example.R', '']])
    const used = parts.flatMap((part) => (part.part === 'type' && part.kind === 'reference' ? [part.name] : []))
    assert.deepEqual(used, ['org.example.Colour', 'org.example.Colour', 'Plain'])
  })

  test('without the references, name what is missing', () => {
    const schema: JsonValue = {
      type: 'record',
      name: 'org.example.R',
      fields: [{ name: 'a', type: ['null', 'Colour'] }],
    }

    assert.deepEqual(
      readParts(schema).faults.map(({ pointer, path, missing }) => ({ pointer, path, missing })),
      [{ pointer: '/fields/0/type/1', path: 'a', missing: ['org.example.Colour', 'Colour'] }],
    )
  })

  test('have each of its fields once', () => {
    const property = fc.property(avroSchemas(), ({ schema }) => {
      const { parts } = readParts(schema)

      assert.equal(parts.filter(({ part }) => part === 'field').length, countFields(schema))
    })
    fc.assert(property, { numRuns: 200 })
  })
})

function canBeParsed(schema: JsonValue, references: readonly JsonValue[]): boolean {
  try {
    parseSchema(
      JSON.stringify(schema),
      references.map((reference) => JSON.stringify(reference)),
    )
    return true
  } catch (error) {
    if (error instanceof SchemaError) return false
    throw error
  }
}

function countFields(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value) as JsonValue[]
  const own = 'fields' in value && Array.isArray(value.fields) ? value.fields.length : 0
  return own + inner.reduce<number>((sum, each) => sum + countFields(each), 0)
}
