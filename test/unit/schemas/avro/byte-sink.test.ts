import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ByteSource } from '../../../../src/schemas/avro/byte-source.ts'
import { Encoding } from '../../../../src/schemas/avro/encoding.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'

suite('ByteSink', () => {
  test('whatever is written is read back, however small the sink began', () => {
    const longs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(
        fc.array(longs),
        fc.maxSafeInteger(),
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        (many, safe, text) => {
          const sink = new ByteSink(0)
          for (const long of many) sink.long(long)
          sink.long(safe)
          sink.string(text)

          const source = new ByteSource(sink.slice(0, sink.length), 0, 'number', new Encoding(new ByteSink()))

          for (const long of many) assert.equal(BigInt(source.long()), long)
          assert.equal(source.long(), safe)
          assert.equal(source.string(), text)
          assert.equal(source.rest, 0)
        },
      ),
    )
  })

  test('zigzag varints at each change of length', () => {
    const cases: [number | bigint, string][] = [
      [0, '00'],
      [-1, '01'],
      [63, '7e'],
      [64, '8001'],
      [2 ** 31 - 1, 'feffffff0f'],
      [-(2 ** 31), 'ffffffff0f'],
      [2 ** 31, '8080808010'],
      [2 ** 53 - 1, 'feffffffffffff1f'],
      [2n ** 63n - 1n, 'feffffffffffffffff01'],
      [-(2n ** 63n), 'ffffffffffffffffff01'],
    ]
    for (const [value, hex] of cases) {
      const sink = new ByteSink()
      sink.long(value)
      assert.equal(sink.slice(0, sink.length).toString('hex'), hex, String(value))
    }
  })

  test('what was cut off is written over, and a reset sink is empty', () => {
    const sink = new ByteSink()
    sink.string('kept')
    const { length } = sink
    sink.string('cut')

    sink.cut(length)
    sink.byte(0xff)

    assert.equal(sink.slice(0, sink.length).toString('hex'), '086b657074ff')
    sink.reset()
    assert.equal(sink.length, 0)
  })
})
