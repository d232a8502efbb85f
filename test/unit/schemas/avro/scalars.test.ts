import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { logical, roundTrip } from './codec-cases.ts'

const decimal = logical('bytes', 'decimal', { precision: 6, scale: 2 })
const duration = { type: 'fixed', name: 'D', size: 12, logicalType: 'duration' }
const uuid = { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }
const millis = logical('long', 'timestamp-millis')
const nanos = logical('long', 'timestamp-nanos')
const localMicros = logical('long', 'local-timestamp-micros')

const accepted: readonly [schema: unknown, json: string, canonical: string][] = [
  ['int', '5.0', '5'],
  ['int', '-0', '0'],
  ['int', '1e3', '1000'],
  ['long', '9007199254740993', '9007199254740993'],
  ['long', '"-9223372036854775808"', '-9223372036854775808'],
  ['long', '4611686018427388000', '4611686018427388000'],
  ['long', '9007199254740993.0', '9007199254740993'],
  ['double', '0.1', '0.1'],
  ['double', '0.1234567890123456789', '0.12345678901234568'],
  ['double', '-0', '-0'],
  ['double', '-0.0', '-0'],
  ['double', '9223372036854775808', '9223372036854776000'],
  ['double', '"NaN"', '"NaN"'],
  ['float', '"-Infinity"', '"-Infinity"'],
  ['float', '0.1', '0.10000000149011612'],
  ['float', '16777216', '16777216'],
  ['float', '0.12345678901234567890', '0.12345679104328156'],
  ['string', '"ключ 🔑"', '"ключ 🔑"'],
  ['bytes', '""', '""'],
  ['bytes', '"AP8="', '"AP8="'],
  [decimal, '12.5', '"12.50"'],
  [decimal, '"-0.01"', '"-0.01"'],
  [decimal, '1.5e3', '"1500.00"'],
  [decimal, '9999.99', '"9999.99"'],
  [decimal, '"1.10000"', '"1.10"'],
  [
    logical('bytes', 'decimal', { precision: 30 }),
    '123456789012345678901234567890',
    '"123456789012345678901234567890"',
  ],
  [{ type: 'fixed', name: 'F', size: 3, logicalType: 'decimal', precision: 6, scale: 0 }, '-1', '"-1"'],
  [logical('int', 'date'), '"2026-01-31"', '"2026-01-31"'],
  [logical('int', 'date'), '0', '"1970-01-01"'],
  [logical('int', 'date'), '"+012026-01-31"', '"+012026-01-31"'],
  [logical('int', 'date'), '"-000001-12-31"', '"-000001-12-31"'],
  [logical('int', 'date'), '2147483647', '2147483647'],
  [logical('int', 'time-millis'), '"10:15"', '"10:15:00.000"'],
  [logical('int', 'time-millis'), '-1', '-1'],
  [logical('long', 'time-micros'), '"23:59:59.999999"', '"23:59:59.999999"'],
  [millis, '"2026-01-31T10:15:30+02:00"', '"2026-01-31T08:15:30.000Z"'],
  [millis, '"2026-01-31T10:15:30.1230000Z"', '"2026-01-31T10:15:30.123Z"'],
  [millis, '1769854530123', '"2026-01-31T10:15:30.123Z"'],
  [millis, '"1769854530123"', '"2026-01-31T10:15:30.123Z"'],
  [millis, '"0000-01-01T00:00:00Z"', '"0000-01-01T00:00:00.000Z"'],
  [millis, '8640000000000000', '8640000000000000'],
  [nanos, '"1969-12-31T23:59:59.999999999Z"', '"1969-12-31T23:59:59.999999999Z"'],
  [localMicros, '"2026-01-31T10:15:30.5"', '"2026-01-31T10:15:30.500000"'],
  [logical('string', 'uuid'), '"123E4567-e89b-12d3-a456-426614174000"', '"123E4567-e89b-12d3-a456-426614174000"'],
  [uuid, '"123E4567-e89b-12d3-a456-426614174000"', '"123e4567-e89b-12d3-a456-426614174000"'],
  [duration, '"P14M2W1DT90M0.5S"', '"P1Y2M15DT1H30M0.5S"'],
  [duration, '"PT0S"', '"PT0S"'],
  [logical('int', 'timestamp-millis'), '5', '5'],
  [logical('bytes', 'decimal', { precision: 2, scale: 3 }), '"AQ=="', '"AQ=="'],
]

const refused: readonly [schema: unknown, json: string, code: string][] = [
  ['null', '0', 'type-mismatch'],
  ['boolean', '"true"', 'type-mismatch'],
  ['int', '9007199254740993', 'out-of-range'],
  ['int', '"5"', 'type-mismatch'],
  ['int', '5.0000000000000000001', 'not-exact'],
  ['int', '1e400', 'out-of-range'],
  ['long', '1e400', 'out-of-range'],
  ['long', '1e-400', 'not-exact'],
  ['long', '9223372036854775808', 'out-of-range'],
  ['long', '9223372036854776000', 'out-of-range'],
  ['long', '"007"', 'invalid-format'],
  ['long', '"1e3"', 'invalid-format'],
  ['double', '9007199254740993', 'not-exact'],
  ['double', '9007199254740993.0', 'not-exact'],
  ['double', '1e400', 'out-of-range'],
  ['double', '1e-400', 'out-of-range'],
  ['double', '"1.5"', 'type-mismatch'],
  ['float', '9007199254740993', 'not-exact'],
  ['float', '1e-60', 'out-of-range'],
  ['float', '3.5e38', 'out-of-range'],
  ['string', 'null', 'type-mismatch'],
  ['bytes', '"AP8"', 'invalid-format'],
  ['bytes', '"AP8=\\n"', 'invalid-format'],
  ['bytes', '"_-8="', 'invalid-format'],
  [decimal, '10000', 'out-of-range'],
  [decimal, '0.001', 'not-exact'],
  [decimal, '1e400', 'out-of-range'],
  [decimal, '1e99999999999999999999', 'out-of-range'],
  [decimal, '"+1"', 'invalid-format'],
  [logical('int', 'date'), '"2025-02-29"', 'invalid-format'],
  [logical('int', 'date'), '"+999999-01-01"', 'out-of-range'],
  [logical('int', 'date'), '"+999999-02-30"', 'invalid-format'],
  [logical('int', 'date'), '"-000000-01-01"', 'invalid-format'],
  [logical('int', 'date'), '"5"', 'invalid-format'],
  [logical('int', 'time-millis'), '"10:15:60"', 'invalid-format'],
  [millis, '"2026-01-31"', 'invalid-format'],
  [millis, '"2026-01-31T10:15:30"', 'invalid-format'],
  [millis, '"2026-01-31T10:15:30.0001Z"', 'not-exact'],
  [millis, '1.5', 'not-exact'],
  [localMicros, '"2026-01-31T10:15:30Z"', 'invalid-format'],
  [nanos, '"2263-01-01T00:00:00Z"', 'out-of-range'],
  [uuid, '"123e4567e89b12d3a456426614174000"', 'invalid-format'],
  [duration, '"P1.5D"', 'invalid-format'],
  [duration, '"P1DT"', 'invalid-format'],
]

suite('natural JSON of one value', () => {
  for (const [schema, json, canonical] of accepted) {
    test(`${JSON.stringify(schema)} takes ${json} and gives ${canonical}`, () => {
      assert.equal(roundTrip(schema, json), canonical)
    })
  }

  for (const [schema, json, code] of refused) {
    test(`${JSON.stringify(schema)} refuses ${json} as ${code}`, () => {
      assert.deepEqual(roundTrip(schema, json), [` ${code}`])
    })
  }

  test('longs come out as strings where the reader asks, and so do times that ISO 8601 cannot show', () => {
    assert.equal(roundTrip('long', '5', 'string'), '"5"')
    assert.equal(roundTrip(millis, '9223372036854775807', 'string'), '"9223372036854775807"')
    assert.equal(roundTrip('int', '5', 'string'), '5')
  })
})
