import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseJson } from '../../../../src/json/parse-json.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'
import { record, roundTrip } from './codec-cases.ts'

const order = record(
  'Order',
  { name: 'id', type: 'string' },
  { name: 'customer', type: 'string' },
  {
    name: 'items',
    type: { type: 'array', items: record('Item', { name: 'sku', type: 'string' }, { name: 'qty', type: 'int' }) },
  },
  { name: 'note', type: ['null', 'string'], default: null },
)

suite('records, arrays and maps in natural JSON', () => {
  test('fields come out in the order of the schema, defaults filled in', () => {
    assert.equal(
      roundTrip(order, '{"items":[{"qty":1,"sku":"s"}],"id":"i","customer":"c"}'),
      '{"id":"i","customer":"c","items":[{"sku":"s","qty":1}],"note":null}',
    )
  })

  test('all faults are named, with pointers escaped by RFC 6901', () => {
    assert.deepEqual(roundTrip(order, '{"id":5,"items":[{"sku":"s"},7,{"sku":"s","qty":1,"a/b~c":0}],"extra":1}'), [
      '/id type-mismatch',
      '/customer missing-field',
      '/items/0/qty missing-field',
      '/items/1 type-mismatch',
      '/items/2/a~1b~0c unknown-field',
      '/extra unknown-field',
    ])
  })

  test('an unknown field is told the absent field that it was meant to be', () => {
    const violations = compileAvro(JSON.stringify(order)).encode({ id: 'i', custmer: 'c', items: [] }, new ByteSink())

    assert.deepEqual(
      violations.map(({ pointer, suggestion }) => [pointer, suggestion]),
      [
        ['/customer', undefined],
        ['/custmer', 'customer'],
      ],
    )
  })

  test('a violation tells what was expected and no more than 40 characters of what was found', () => {
    const codec = compileAvro(JSON.stringify({ type: 'array', items: 'int' }))

    const violations = codec.encode(['x'.repeat(50), '\u0000'.repeat(30), { a: 1 }, null], new ByteSink())

    assert.deepEqual(
      violations.map(({ expected, found }) => [expected, found]),
      [
        ['int', `string "${'x'.repeat(39)}…"`],
        ['int', `string "${'\\u0000'.repeat(6)}\\u0…"`],
        ['int', 'object'],
        ['int', 'null'],
      ],
    )
    assert.equal(violations[3]?.message, 'Expected int, found null.')
  })

  test('names that every object inherits are ordinary names, __proto__ among them', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const schema = `{"type":"record","name":"R","fields":[${names.map((name) => `{"name":"${name}","type":"int"}`)}]}`
    const json = `{${names.map((name, index) => `"${name}":${index}`)}}`

    assert.equal(roundTrip(schema, json), json)
    assert.equal(roundTrip({ type: 'map', values: 'int' }, json), json)
    assert.deepEqual(
      roundTrip(schema, '{}'),
      names.map((name) => `/${name} missing-field`),
    )
    assert.deepEqual(roundTrip(record('Empty'), '{"__proto__":{"a":1}}'), ['/__proto__ unknown-field'])
    assert.equal(({} as Record<string, unknown>).a, undefined)
  })

  test('defaults are those of the schema, in its own JSON form', () => {
    const schema = `{"type":"record","name":"R","fields":[
      {"name":"l","type":"long","default":9223372036854775807},
      {"name":"b","type":"bytes","default":"\\u00ff"},
      {"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2},"default":"\\u0001"},
      {"name":"t","type":{"type":"int","logicalType":"date"},"default":1},
      {"name":"f","type":{"type":"fixed","name":"F","size":2},"default":"\\u0000\\u0001"},
      {"name":"u","type":["string","null"],"default":null},
      {"name":"m","type":{"type":"map","values":"double"},"default":{"a":1}},
      {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]},"default":"B"},
      {"name":"r","type":{"type":"record","name":"S","fields":[{"name":"x","type":"int","default":7}]},"default":{}},
      {"name":"a","type":{"type":"array","items":"boolean"},"default":[true]}
    ]}`

    assert.equal(
      roundTrip(schema, '{}'),
      '{"l":9223372036854775807,"b":"/w==","d":"0.01","t":"1970-01-02","f":"AAE=","u":null,"m":{"a":1},"e":"B","r":{"x":7},"a":[true]}',
    )
  })

  test('an enum symbol that is not one is told the nearest', () => {
    const codec = compileAvro('{"type":"enum","name":"E","symbols":["SHIPPED","CANCELLED"]}')

    const [violation] = codec.encode('shiped', new ByteSink())

    assert.equal(violation?.suggestion, 'SHIPPED')
    assert.equal(violation?.expected, 'one of SHIPPED, CANCELLED')
  })

  test('half a surrogate pair is a violation, in a value and in a name', () => {
    const map = compileAvro('{"type":"map","values":"string"}')

    const violations = map.encode({ '\ud800': 'x', y: '\udc00' }, new ByteSink())

    assert.deepEqual(
      violations.map(({ pointer, code }) => [pointer, code]),
      [
        ['/\ud800', 'invalid-format'],
        ['/y', 'invalid-format'],
      ],
    )
  })

  test('an event of 100,000 unknown fields is judged within two seconds: 101 are found, and the first 50 get suggestions', () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`items${index}`, index]))
    const value = parseJson(Buffer.from(JSON.stringify(many)), 64)
    const started = process.cpuUsage().user

    const violations = compileAvro(JSON.stringify(order)).encode(value, new ByteSink())

    assert.equal(violations.length, 101)
    assert.equal(violations.filter(({ suggestion }) => suggestion === 'items').length, 50)
    assert.ok(process.cpuUsage().user - started < 2_000_000)
  })
})
