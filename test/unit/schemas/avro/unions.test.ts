import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'
import { logical, record, roundTrip } from './codec-cases.ts'

const colour = { type: 'enum', name: 'Colour', symbols: ['RED', 'NaN'] }
const point = record('Point', { name: 'x', type: 'int' }, { name: 'y', type: 'int', default: 0 })
const spot = record('Spot', { name: 'x', type: 'int' })
const text = { type: 'map', values: 'string' }
const decimal = logical('bytes', 'decimal', { precision: 9, scale: 2 })
const millis = logical('long', 'timestamp-millis')

const plain: readonly [schema: unknown, json: string, canonical: string][] = [
  [['null', 'string'], 'null', 'null'],
  [['null', 'string'], '"x"', '"x"'],
  [['null', 'string'], '{"string":"x"}', '"x"'],
  [['null', 'string'], '{"null":null}', 'null'],
  [['double', 'int'], '1', '1'],
  [['double', 'int'], '{"double":1}', '{"double":1}'],
  [['double', 'int'], '1.5', '1.5'],
  [['int', 'double'], '-0', '-0'],
  [['float', 'double'], '0.5', '0.5'],
  [['float', 'double'], '0.1', '0.1'],
  [['float', 'double'], '0.1234567890123456789', '0.12345678901234568'],
  [['int', 'long', 'double'], '9007199254740993', '9007199254740993'],
  [['int', 'long'], '{"long":5}', '{"long":5}'],
  [['string', colour], '"RED"', '"RED"'],
  [['string', colour], '{"Colour":"RED"}', '{"Colour":"RED"}'],
  [['bytes', 'string'], '"AAAA"', '"AAAA"'],
  [['bytes', 'string'], '{"bytes":"AAAA"}', '{"bytes":"AAAA"}'],
  [['bytes', colour], '"AAAA"', '"AAAA"'],
  [[colour, 'double'], '{"double":"NaN"}', '{"double":"NaN"}'],
  [['long', 'string'], '"5"', '"5"'],
  [[millis, 'string'], '{"long":0}', '{"long":"1970-01-01T00:00:00.000Z"}'],
  [['float', millis], '{"long":3274267076537073700}', '{"long":3274267076537073700}'],
  [[millis, 'boolean'], '"1970-01-01T00:00:00Z"', '"1970-01-01T00:00:00.000Z"'],
  [[point, text], '{"x":1}', '{"x":1,"y":0}'],
  [[point, text], '{"z":"1"}', '{"z":"1"}'],
  [['null', text], '{"map":{"map":"x"}}', '{"map":{"map":"x"}}'],
  [['null', text], '{"a":"x"}', '{"a":"x"}'],
  [['null', record('One', { name: 'One', type: 'int' })], '{"One":{"One":1}}', '{"One":{"One":1}}'],
  [['int'], '5', '5'],
]

const refusals: readonly [schema: unknown, json: string, violations: string[]][] = [
  [['null', 'string'], '5', [' no-union-branch']],
  [['null', 'int'], '1.5', [' not-exact']],
  [['null', 'long'], '"x"', [' invalid-format']],
  [['null', point], '{"x":"1","z":1}', ['/x type-mismatch', '/z unknown-field']],
  [['null', point], '{"Point":{"x":"1"}}', ['/Point/x type-mismatch']],
  [['null', text], '{"map":"x"}', ['/map type-mismatch']],
  [[point, text], '{"x":true}', [' no-union-branch']],
  [[point, spot], '{"x":1}', [' ambiguous-union']],
  [[decimal, 'double'], '1.5', [' ambiguous-union']],
  [['int', 'long'], '1e30', [' no-union-branch']],
  [['bytes', colour], '"%"', [' no-union-branch']],
]

suite('unions in natural JSON', () => {
  for (const [schema, json, canonical] of plain) {
    test(`${JSON.stringify(schema)} takes ${json} and gives ${canonical}`, () => {
      assert.equal(roundTrip(schema, json), canonical)
    })
  }

  for (const [schema, json, violations] of refusals) {
    test(`${JSON.stringify(schema)} refuses ${json}: ${violations.join(', ')}`, () => {
      assert.deepEqual(roundTrip(schema, json), violations)
    })
  }

  test('a long is read in the explicit form where its text would be the string branch', () => {
    assert.equal(roundTrip(['long', 'string'], '5', 'number'), '5')
    assert.equal(roundTrip(['long', 'string'], '5', 'string'), '{"long":"5"}')
  })

  test('an ambiguous value is told which branches match and how to name one', () => {
    const codec = compileAvro(JSON.stringify([spot, 'null', point]))

    const [violation] = codec.encode({ x: 1 }, new ByteSink())

    assert.equal(violation?.expected, 'one of {"Spot": …}, {"Point": …}')
  })

  test('a value 60 deep in a union of records, several of which match, is judged and read in linear time', () => {
    const b = record('B', { name: 'in', type: ['null', 'A', 'B'], default: null })
    const a = record('A', { name: 'in', type: ['null', 'A', b], default: null }, { name: 'a', type: 'int', default: 0 })
    const schema = [a, 'B']
    const codec = compileAvro(JSON.stringify(record('Top', { name: 'top', type: schema })))
    const sink = new ByteSink()
    const started = process.cpuUsage().user

    const deep = codec.encode({ top: nested(60, { a: 1 }) }, sink)
    const refused = codec.encode({ top: nested(60, {}) }, new ByteSink())
    const read = codec.decode(bytesOf(codec, { top: explicit(59) }), 0, { longs: 'number' })

    assert.deepEqual(deep, [])
    assert.deepEqual(codec.decode(sink.slice(0, sink.length), 0, { longs: 'number' }), { top: filled(60) })
    assert.deepEqual(
      refused.map(({ pointer, code }) => `${pointer} ${code}`),
      ['/top no-union-branch'],
    )
    assert.deepEqual(read, { top: explicit(59) })
    assert.ok(process.cpuUsage().user - started < 1_000_000)
  })
})

function bytesOf(codec: ReturnType<typeof compileAvro>, value: JsonValue): Buffer {
  const sink = new ByteSink()
  assert.deepEqual(codec.encode(value, sink), [])
  return sink.slice(0, sink.length)
}

/** Only the innermost object tells A from B, so every level above must be judged by both. */
function nested(depth: number, innermost: JsonValue): JsonValue {
  return depth === 1 ? innermost : { in: nested(depth - 1, innermost), a: 1 }
}

function filled(depth: number): JsonValue {
  return { in: depth === 1 ? null : filled(depth - 1), a: 1 }
}

function explicit(depth: number): JsonValue {
  return { B: { in: depth === 1 ? null : explicit(depth - 1) } }
}
