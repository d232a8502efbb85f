import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { DecodeError } from '../../../../src/schemas/decode-error.ts'
import { avroSamples } from '../../../support/avro-arbitraries.ts'
import { record } from './codec-cases.ts'

const longs = { longs: 'number' } as const
const array = (items: unknown): object => ({ type: 'array', items })
const decimal = { type: 'bytes', logicalType: 'decimal', precision: 2, scale: 0 }

const damaged: readonly [what: string, schema: unknown, hex: string, message: RegExp][] = [
  ['no bytes', 'int', '', /end too early/],
  ['half a varint', 'long', '80', /end too early/],
  ['a varint of 65 bits', 'long', 'ffffffffffffffffff02', /more than 64 bits/],
  ['a varint that never ends', 'long', 'ff'.repeat(20), /more than 64 bits/],
  ['an int of 33 bits', 'int', '8080808020', /outside 32 bits/],
  ['a boolean that is 2', 'boolean', '02', /neither 0 nor 1/],
  ['a length beyond the end', 'string', '0a61', /length/],
  ['a negative length', 'bytes', '01', /length/],
  ['a string that is not UTF-8', 'string', '02ff', /UTF-8/],
  ['half a double', 'double', '00000000', /end too early/],
  ['half a fixed', { type: 'fixed', name: 'F', size: 4 }, '0000', /end too early/],
  ['an enum symbol that is not there', { type: 'enum', name: 'E', symbols: ['A'] }, '02', /no such symbol/],
  ['a negative enum symbol', { type: 'enum', name: 'E', symbols: ['A'] }, '01', /no such symbol/],
  ['a branch that is not there', ['null', 'int'], '04', /no such branch/],
  ['a block longer than the bytes', array('int'), 'fe0f00', /more items/],
  ['a block of 2^62 nulls', array('null'), 'feffffffffffffff7f', /more items/],
  ['blocks of nulls without end', array('null'), `${'80897a'.repeat(9)}00`, /more items/],
  ['nested blocks of empty records', array(array(record('Nothing'))), `06${'80897a00'.repeat(3)}00`, /more items/],
  ['a block size beyond the end', array('int'), '01fe0f02', /length/],
  ['bytes after the end', 'int', '0202', /after the end/],
  ['more digits than the precision', decimal, '0264', /more digits/],
  ['a megabyte of decimal digits', decimal, `80897a${'7f'.repeat(1_000_000)}`, /more digits/],
]

suite('decoding', () => {
  for (const [what, schema, hex, message] of damaged) {
    test(`${what} is a DecodeError`, () => {
      const codec = compileAvro(JSON.stringify(schema))

      assert.throws(() => codec.decode(Buffer.from(hex, 'hex'), 0, longs), { name: 'DecodeError', message })
    })
  }

  test('a list nested a million deep is a DecodeError, and so is a record that holds itself without end', () => {
    const list = record('L', { name: 'next', type: ['null', 'L'] })
    const endless = record('E', { name: 'in', type: 'E' })

    assert.throws(() => compileAvro(JSON.stringify(list)).decode(Buffer.alloc(1_000_000, 2), 0, longs), DecodeError)
    assert.throws(() => compileAvro(JSON.stringify(endless)).decode(Buffer.alloc(0), 0, longs), DecodeError)
  })

  test('a list 450 deep is read', () => {
    const codec = compileAvro(JSON.stringify(record('L', { name: 'next', type: ['null', 'L'] })))

    const value = codec.decode(Buffer.from(`${'02'.repeat(449)}00`, 'hex'), 0, longs)

    assert.equal(JSON.stringify(value).match(/next/g)?.length, 450)
  })

  test('blocks that say their size are read, and several of them', () => {
    const map = { type: 'map', values: 'int' }

    const items = compileAvro(JSON.stringify(array('int'))).decode(Buffer.from('03040204020600', 'hex'), 0, longs)
    const members = compileAvro(JSON.stringify(map)).decode(Buffer.from('010602610200', 'hex'), 0, longs)

    assert.deepEqual(items, [1, 2, 3])
    assert.deepEqual(members, { a: 1 })
  })

  test('decoding starts where it is told', () => {
    assert.equal(compileAvro('"int"').decode(Buffer.from('000000000a', 'hex'), 4, longs), 5)
  })

  test('random and damaged bytes give a value or a DecodeError, nothing else', () => {
    fc.assert(
      fc.property(avroSamples(), fc.uint8Array({ maxLength: 40 }), ({ schema }, bytes) => {
        const codec = compileAvro(JSON.stringify(schema))
        try {
          JSON.stringify(codec.decode(Buffer.from(bytes), 0, longs))
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
        }
      }),
      { numRuns: 3000 },
    )
  })
})
