import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { parseJson } from '../../../../src/json/parse-json.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'
import type { EventCodec } from '../../../../src/schemas/event-codec.ts'
import { avroSamples, avroUnionSamples } from '../../../support/avro-arbitraries.ts'
import { avscType } from '../../../support/avsc-oracle.ts'

const runs = { numRuns: 3000 }

suite('natural JSON, over generated schemas and values', () => {
  test('natural JSON becomes the bytes that avsc writes for the same value', () => {
    fc.assert(
      fc.property(avroSamples(), ({ schema, datum, natural }) => {
        const ours = encode(compile(schema), natural)

        assert.equal(ours.toString('hex'), avscType(schema).toBuffer(datum).toString('hex'))
      }),
      runs,
    )
  })

  test('law 1: what was decoded is encoded as the same bytes, longs as numbers and as strings', () => {
    fc.assert(
      fc.property(avroSamples(), fc.constantFrom('number', 'string'), ({ schema, datum }, longs) => {
        const codec = compile(schema)
        const bytes = avscType(schema).toBuffer(datum)

        const again = encode(codec, codec.decode(bytes, 0, { longs }))

        assert.equal(again.toString('hex'), bytes.toString('hex'))
      }),
      runs,
    )
  })

  test('law 2: a value comes back in the canonical form, and the canonical form as itself', () => {
    fc.assert(
      fc.property(avroSamples(), ({ schema, datum, natural }) => {
        const codec = compile(schema)
        const canonical = decode(codec, avscType(schema).toBuffer(datum))

        assert.equal(JSON.stringify(decode(codec, encode(codec, natural))), JSON.stringify(canonical))
        assert.equal(JSON.stringify(decode(codec, encode(codec, canonical))), JSON.stringify(canonical))
      }),
      runs,
    )
  })

  test('a union is read in the explicit form only where the plain one would be another value or none', () => {
    let explicit = 0
    fc.assert(
      fc.property(avroUnionSamples(), ({ schema, datum }) => {
        const codec = compile(schema)
        const bytes = avscType(schema).toBuffer(datum)
        const branch = datum === null ? 'null' : (Object.keys(datum as object)[0] as string)
        const plain = decode(compile(alone(schema as JsonValue[], branch)), bytes.subarray(1))

        const value = decode(codec, bytes)

        const sink = new ByteSink()
        const violations = codec.encode(throughText(plain), sink)
        const isSame = violations.length === 0 && sink.slice(0, sink.length).equals(bytes)
        assert.equal(JSON.stringify(value), JSON.stringify(isSame ? plain : { [branch]: plain }))
        if (!isSame) explicit++
      }),
      { numRuns: 2000 },
    )
    assert.ok(explicit > 50)
  })
})

const compile = (schema: JsonValue): EventCodec => compileAvro(JSON.stringify(schema))

const throughText = (value: JsonValue): JsonValue => parseJson(Buffer.from(JSON.stringify(value)), 64)

function encode(codec: EventCodec, value: JsonValue): Buffer {
  const sink = new ByteSink(8)
  assert.deepEqual(codec.encode(throughText(value), sink), [])
  return sink.slice(0, sink.length)
}

const decode = (codec: EventCodec, bytes: Buffer): JsonValue => codec.decode(bytes, 0, { longs: 'number' })

/** The schema of one branch of a union, which may refer to nothing outside of it. */
function alone(branches: readonly JsonValue[], name: string): JsonValue {
  const found = branches.find((branch) => nameOf(branch) === name)
  assert.ok(found !== undefined)
  return found
}

function nameOf(schema: JsonValue): string {
  if (typeof schema === 'string') return schema
  const { name, namespace, type } = schema as Record<string, string>
  if (name === undefined) return type as string
  return name.includes('.') || !namespace ? name : `${namespace}.${name}`
}
