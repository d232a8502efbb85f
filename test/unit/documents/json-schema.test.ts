import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { jsonSchemaDocument } from '../../../src/documents/json-schema.ts'
import { naturalModel } from '../../../src/documents/model/natural-model.ts'
import type { Direction } from '../../../src/documents/model/natural-type.ts'
import type { Violation } from '../../../src/errors/violation.ts'
import type { JsonValue } from '../../../src/json/json-value.ts'
import { parseJson } from '../../../src/json/parse-json.ts'
import { compileAvro } from '../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../src/schemas/byte-sink.ts'
import { avroSamples, avroUnionSamples } from '../../support/avro-arbitraries.ts'
import { faultySamples } from '../../support/avro-faults.ts'

const numRuns = 100
// What numbers of 64 bits and texts of a pattern cannot say (docs/documents.md lists it), of a branch or of a value.
const beyondJsonSchema = new Set(['not-exact', 'out-of-range', 'no-union-branch'])

function judgesOf(schema: JsonValue, direction: Direction = 'publish') {
  const codec = compileAvro(JSON.stringify(schema))
  const ajv = new Ajv2020({ strict: true, ownProperties: true, allowUnionTypes: true, validateFormats: true })
  addFormats.default(ajv)
  const text = JSON.stringify(jsonSchemaDocument(naturalModel(codec.type, direction), {}))
  const isValid: ValidateFunction = ajv.compile(JSON.parse(text))
  return {
    codec,
    byGateway: (value: JsonValue): readonly Violation[] => codec.encode(value, new ByteSink()),
    byJsonSchema: (value: JsonValue): boolean => isValid(JSON.parse(JSON.stringify(value))),
    errors: () => JSON.stringify(isValid.errors),
  }
}

suite('the JSON Schema of natural JSON', () => {
  test('takes what the gateway takes', () => {
    fc.assert(
      fc.property(fc.oneof(avroSamples(), avroUnionSamples()), ({ schema, natural }) => {
        const { byGateway, byJsonSchema, errors } = judgesOf(schema)
        assert.deepEqual(byGateway(natural), [])
        assert.ok(byJsonSchema(natural), errors())
      }),
      { numRuns },
    )
  })

  test('refuses what the gateway refuses, but for digits and ranges that it cannot say', (t) => {
    const counts = { both: 0, gatewayAlone: 0 }
    fc.assert(
      fc.property(faultySamples(), ({ schema, natural }) => {
        const { byGateway, byJsonSchema } = judgesOf(schema)
        const violations = byGateway(natural)
        assert.ok(violations.length > 0)
        const isTaken = byJsonSchema(natural)
        counts[isTaken ? 'gatewayAlone' : 'both']++
        if (isTaken)
          assert.deepEqual(
            violations.filter(({ code }) => !beyondJsonSchema.has(code)),
            [],
          )
      }),
      { numRuns },
    )
    t.diagnostic(`refused by both: ${counts.both}, by the gateway alone: ${counts.gatewayAlone}`)
    assert.ok(counts.both > counts.gatewayAlone * 10, JSON.stringify(counts))
  })

  test('agrees with the gateway about any JSON', (t) => {
    const counts = { taken: 0, refused: 0, differing: 0 }
    const values = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(0, 1, -1, 1.5, '5', '1.50', '2026-01-31', 'RED', 'AAAA', 'NaN', '', null, true, [], {}),
      fc.constantFrom({ int: 1 }, { string: 'a' }, { null: null }, { map: {} }, { array: [] }, { long: '5' }),
    )
    fc.assert(
      fc.property(fc.oneof(avroSamples(), avroUnionSamples()), values, ({ schema }, value) => {
        const { byGateway, byJsonSchema, errors } = judgesOf(schema)
        const natural = parseJson(Buffer.from(JSON.stringify(value)), 64)
        const violations = byGateway(natural)
        const isTaken = byJsonSchema(natural)
        counts[violations.length === 0 ? 'taken' : 'refused']++
        if (isTaken === (violations.length === 0)) return
        counts.differing++
        assert.ok(isTaken, `${errors()} for what the gateway takes`)
        assert.deepEqual(
          violations.filter(({ code }) => !beyondJsonSchema.has(code)),
          [],
        )
      }),
      { numRuns: 2 * numRuns },
    )
    t.diagnostic(JSON.stringify(counts))
    assert.ok(counts.taken > numRuns / 20, JSON.stringify(counts))
  })

  test('of what is read takes whatever is read', () => {
    fc.assert(
      fc.property(
        fc.oneof(avroSamples(), avroUnionSamples()),
        fc.constantFrom('number', 'string'),
        ({ schema, natural }, longs) => {
          const { codec, byJsonSchema, errors } = judgesOf(schema, 'read')
          const sink = new ByteSink()
          codec.encode(natural, sink)
          const read = codec.decode(sink.slice(0, sink.length), 0, { longs: longs as 'number' | 'string' })
          assert.ok(byJsonSchema(read), `${errors()} for ${JSON.stringify(read)}`)
        },
      ),
      { numRuns },
    )
  })
})
