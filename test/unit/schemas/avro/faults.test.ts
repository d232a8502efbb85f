import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../../../src/json/parse-json.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'
import { faultySamples } from '../../../support/avro-faults.ts'

suite('faults, over generated schemas and values', () => {
  test('each fault is reported where it is, by its code, and none is invented', () => {
    fc.assert(
      fc.property(faultySamples(), ({ schema, natural, expected }) => {
        const value = parseJson(Buffer.from(JSON.stringify(natural)), 64)

        const violations = compileAvro(JSON.stringify(schema)).encode(value, new ByteSink())

        assert.deepEqual(violations.map(({ pointer, code }) => `${pointer} ${code}`).sort(), expected)
      }),
      { numRuns: 5000 },
    )
  })

  test('what was found is told by its JSON type and at most 40 characters', () => {
    fc.assert(
      fc.property(faultySamples(), ({ schema, natural }) => {
        const value = parseJson(Buffer.from(JSON.stringify(natural)), 64)

        for (const { found } of compileAvro(JSON.stringify(schema)).encode(value, new ByteSink())) {
          assert.match(found, /^(nothing|null|array|object|boolean .+|number .{1,40}|string ".{0,40}")$/su)
        }
      }),
      { numRuns: 500 },
    )
  })
})
