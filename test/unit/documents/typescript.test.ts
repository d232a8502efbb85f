import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { exampleOf } from '../../../src/documents/example.ts'
import { naturalModel } from '../../../src/documents/model/natural-model.ts'
import { typescript } from '../../../src/documents/typescript.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/json/json-value.ts'
import { compileAvro } from '../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../src/schemas/byte-sink.ts'
import { avroSchemas } from '../../support/avro-arbitraries.ts'
import { brokenEvents } from '../../support/broken-events/broken-events.ts'
import { compileTypescript } from '../../support/compile-typescript.ts'
import { everythingSchema } from '../../support/everything-schema.ts'

const schemas = 40
/** Nested deeper than any type of the tests. */
const nothingHasThis = [[[[[[[true]]]]]]]

interface Cases {
  good: readonly JsonValue[]
  read: readonly JsonValue[]
  wrong: readonly JsonValue[]
}

function moduleOf(schema: JsonValue, casesOf: (codec: ReturnType<typeof compileAvro>) => Cases): string {
  const codec = compileAvro(JSON.stringify(schema))
  const types = typescript({
    about: ['Of a test.'],
    published: naturalModel(codec.type, 'publish'),
    read: naturalModel(codec.type, 'read'),
  })
  const { good, read, wrong } = casesOf(codec)
  const line = (type: string, values: readonly JsonValue[], before = '') =>
    values.map(
      (value, index) =>
        `${before}export const ${type.replace('.', '')}${before ? 'Wrong' : ''}${index}: ${type} = ${JSON.stringify(value)}\n`,
    )
  return [
    types,
    ...line('Event', good),
    ...line('Read.Event', read),
    ...line('Event', wrong, '// @ts-expect-error\n'),
  ].join('\n')
}

/** What a type can tell of it: a member too many or too few, and another JSON type. */
function wrongOf(good: JsonValue, required: readonly string[]): JsonValue[] {
  if (!isJsonObject(good)) return [nothingHasThis]
  // To TypeScript, an object has what it inherits.
  const missable = required.filter((name) => !(name in Object.prototype))
  const without = (name: string): JsonObject => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
  return [
    { ...good, noSuchField: nothingHasThis },
    ...missable.map(without),
    ...Object.keys(good).map((name) => ({ ...good, [name]: nothingHasThis })),
  ]
}

function decoded(codec: ReturnType<typeof compileAvro>, natural: JsonValue): JsonValue {
  const sink = new ByteSink()
  assert.deepEqual(codec.encode(natural, sink), [])
  return codec.decode(sink.slice(0, sink.length), 0, { longs: 'number' })
}

/** To TypeScript, an object has what it inherits: a field of that name and another type cannot be left out. */
const leavesOutInherited = (name: string, json: string): boolean =>
  name === 'odd-names' && !json.includes('"hasOwnProperty"')

/** Ranges, sizes and formats are beyond a type. */
const isTold = (violation: string): boolean => /(missing-field|unknown-field|unknown-symbol)/.test(violation)

suite('TypeScript types', { timeout: 120_000 }, () => {
  test(`of ${schemas} generated schemas compile, and take what is read and what may be published, and nothing else`, (t) => {
    const counts = { good: 0, wrong: 0 }
    const samples = fc.sample(
      avroSchemas().filter(({ schema }) => !Array.isArray(schema)),
      { numRuns: schemas, seed: 7 },
    )
    const modules = samples.map(({ schema, samples: all }, index): [string, string] => [
      `schema${index}`,
      moduleOf(schema, (codec) => {
        const read = all.map(({ natural }) => decoded(codec, natural))
        const model = naturalModel(codec.type, 'publish')
        const example = exampleOf(model)
        const good = example === undefined ? read : [example, ...read]
        const record = model.root.is === 'record' ? model.records.get(model.root.name) : undefined
        const required = record?.fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name) ?? []
        const wrong = wrongOf(good[0] as JsonValue, required)
        counts.good += good.length + read.length
        counts.wrong += wrong.length
        return { good, read, wrong }
      }),
    ])

    assert.deepEqual(compileTypescript(new Map(modules)), [])
    t.diagnostic(JSON.stringify(counts))
    assert.ok(counts.good > 200 && counts.wrong > 60, JSON.stringify(counts))
  })

  test('of the 20 schemas with broken events compile, take every good event, and refuse whatever a type can tell', (t) => {
    let [good, refused, untold] = [0, 0, 0]
    const modules = Object.entries(brokenEvents).map(([name, cases]): [string, string] => {
      const types = moduleOf(cases.schema as JsonValue, () => ({ good: [], read: [], wrong: [] }))
      const told = cases.broken.filter(([, ...violations]) => violations.some((violation) => isTold(violation)))
      const taken = cases.good.filter((json) => !leavesOutInherited(name, json))
      good += taken.length
      refused += told.length
      untold += cases.broken.length - told.length
      const lines = [
        ...taken.map((json, index) => `export const good${index}: Event = ${json}`),
        ...told.map(([json], index) => `// @ts-expect-error\nexport const broken${index}: Event = ${json}`),
      ]
      return [name, [types, ...lines].join('\n')]
    })

    assert.deepEqual(compileTypescript(new Map(modules)), [])
    t.diagnostic(JSON.stringify({ good, refused, untold }))
  })

  test('of a schema with every type compile, and take its example', () => {
    const text = moduleOf(everythingSchema, (codec) => {
      const example = exampleOf(naturalModel(codec.type, 'publish')) as JsonValue
      return { good: [example], read: [decoded(codec, example)], wrong: wrongOf(example, []) }
    })

    assert.deepEqual(compileTypescript(new Map([['everything', text]])), [])
  })

  test('of documentation that ends a comment, of names that are the same, and of names that a file has itself', () => {
    const text = moduleOf(
      {
        type: 'record',
        name: 'Event',
        namespace: 'a',
        doc: 'Ends */ here.\nSecond line.',
        fields: [
          {
            name: 'other',
            type: { type: 'record', name: 'b.Event', fields: [{ name: 'x', type: 'int', doc: 'One\u2028two' }] },
          },
          { name: 'read', type: { type: 'enum', name: 'c.Read', symbols: ['A'] } },
          { name: '__proto__', type: ['null', 'int'], default: null },
          { name: 'class', type: { type: 'record', name: 'd.Empty', fields: [] } },
        ],
      },
      () => ({
        good: [{ other: { x: 1 }, read: 'A', class: {} }],
        read: [],
        wrong: [
          { other: {}, read: 'A', class: {} },
          { other: { x: 1 }, read: 'B', class: {} },
          { other: { x: 1 }, read: 'A', class: { a: 1 } },
        ],
      }),
    )

    assert.deepEqual(compileTypescript(new Map([['names', text]])), [])
  })
})

suite('the example of a schema', () => {
  test('is valid by the gateway, wherever there is one', (t) => {
    let without = 0
    fc.assert(
      fc.property(avroSchemas(), ({ schema }) => {
        const codec = compileAvro(JSON.stringify(schema))
        const example = exampleOf(naturalModel(codec.type, 'publish'))
        if (example === undefined) without++
        else assert.deepEqual(codec.encode(example, new ByteSink()), [], JSON.stringify(example))
      }),
      { numRuns: 500 },
    )
    t.diagnostic(`without an example: ${without} of 500`)
    assert.ok(without < 25)
  })

  test('has what the names of fields say', () => {
    const { type } = compileAvro(JSON.stringify(everythingSchema))

    const example = exampleOf(naturalModel(type, 'publish')) as JsonObject

    assert.deepEqual(Object.keys(example).length, everythingSchema.fields.length)
    assert.equal(example.email, 'ada@example.org')
    assert.equal(example.amount, '19.90')
    assert.equal(example.placedAt, '2026-03-01T09:30:00.000Z')
  })

  test('is absent where no value ends', () => {
    const { type } = compileAvro('{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}')

    assert.equal(exampleOf(naturalModel(type, 'publish')), undefined)
  })

  test('ends where a few records name each other many times', () => {
    const last = { type: 'record', name: 'R0', fields: [{ name: 'x', type: 'int' }] }
    const schema = Array.from({ length: 20 }).reduce<object>(
      (inner, _each, index) => ({
        type: 'record',
        name: `R${index + 1}`,
        fields: [{ name: 'a', type: inner }, ...['b', 'c', 'd'].map((name) => ({ name, type: `R${index}` }))],
      }),
      last,
    )
    const { type } = compileAvro(JSON.stringify(schema))

    assert.equal(exampleOf(naturalModel(type, 'publish')), undefined)
  })
})
