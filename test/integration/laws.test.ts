import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../src/json/json-value.ts'
import { parseJson } from '../../src/json/parse-json.ts'
import { compileAvro } from '../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../src/schemas/byte-sink.ts'
import type { DecodeOptions } from '../../src/schemas/event-codec.ts'
import { avroSchemas } from '../support/avro-arbitraries.ts'
import { faultySamples } from '../support/avro-faults.ts'
import { avscType, longHook } from '../support/avsc-oracle.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { sharedParts } from '../support/parts.ts'
import { registerSchema } from '../support/schemas.ts'
import { storedValues } from '../support/stored-values.ts'

const seed = Number(process.env.HEADGATE_TEST_SEED) || Date.now()
const schemaCount = 60
const faultCount = 40
const atOnce = 6

suite('natural JSON through HTTP, Kafka and the registry, over generated schemas', () => {
  let gateway: TestGateway

  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function topicsFor(t: TestContext, schemas: readonly JsonValue[]): Promise<string[]> {
    t.diagnostic(`HEADGATE_TEST_SEED=${seed}`)
    const prefix = uniqueName('laws')
    const topics = schemas.map((_, index) => `${prefix}-${index}`)
    await inParallel(topics, async (topic, index) => {
      await createTopic(t, { name: topic })
      await registerSchema(`${topic}-value`, schemas[index])
    })
    return topics
  }

  test('what is published is read in the canonical form, by the gateway and by other clients', async (t) => {
    const samples = fc.sample(avroSchemas(), { seed, numRuns: schemaCount })
    const topics = await topicsFor(
      t,
      samples.map(({ schema }) => schema),
    )

    await inParallel(topics, async (topic, index) => {
      const { schema, samples: values } = samples[index] as (typeof samples)[number]
      const events = values.map(({ natural }) => ({ value: natural }))
      const answer = await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events })
      assert.equal(answer.status, 201, `${answer.text} for ${JSON.stringify({ schema, events })}`)

      for (const longs of ['number', 'string'] as const) {
        const expected = values.map(({ natural }) => JSON.stringify(canonical(schema, natural, longs)))
        const page = await gateway.api.get(`/v1/topics/${topic}/events?longs=${longs}`)
        assert.deepEqual(valuesOf(page.text).map(textOf), expected, JSON.stringify(schema))
      }
      const page = await gateway.api.get(`/v1/topics/${topic}/events`)
      const again = await gateway.api.post(`/v1/topics/${topic}/events/batch`, {
        events: valuesOf(page.text).map((value) => ({ value })),
      })
      assert.equal(again.status, 201, `${again.text} for the canonical form of ${JSON.stringify({ schema, events })}`)
    })

    const registry = new SchemaRegistry(
      { host: sharedParts().registry.url },
      { AVRO: { wrapUnions: 'always', typeHook: longHook } as object },
    )
    const stored = await storedValues(topics)
    await inParallel(topics, async (topic, index) => {
      const { schema, samples: values } = samples[index] as (typeof samples)[number]
      const records = stored.get(topic) as Buffer[]
      const type = avscType(schema)
      const seen = await Promise.all(records.map((record) => registry.decode(record)))
      const written = values.map(({ datum }) => type.toBuffer(datum).toString('hex'))
      assert.deepEqual(
        seen.map((datum) => type.toBuffer(datum).toString('hex')),
        [...written, ...written],
        JSON.stringify(schema),
      )
    })
  })

  test('each fault of an event is in the 422, at its pointer and by its code, and none is invented', async (t) => {
    const samples = fc.sample(faultySamples(), { seed, numRuns: faultCount })
    const topics = await topicsFor(
      t,
      samples.map(({ schema }) => schema),
    )

    await inParallel(topics, async (topic, index) => {
      const { schema, natural, expected } = samples[index] as (typeof samples)[number]
      const answer = await gateway.api.post(`/v1/topics/${topic}/events`, JSON.stringify(natural))

      const context = `${answer.text} for ${JSON.stringify({ schema, natural })}`
      assert.equal(answer.status, 422, context)
      const found = (answer.body.violations as { pointer: string; code: string }[]).map(
        ({ pointer, code }) => `${pointer} ${code}`,
      )
      assert.deepEqual(found.sort(), expected, context)
    })

    const stored = await storedValues(topics)
    assert.equal([...stored.values()].flat().length, 0)
  })
})

function canonical(schema: JsonValue, natural: JsonValue, longs: DecodeOptions['longs']): JsonValue {
  const codec = compileAvro(JSON.stringify(schema))
  const sink = new ByteSink()
  assert.deepEqual(codec.encode(parseJson(Buffer.from(JSON.stringify(natural)), 64), sink), [])
  return codec.decode(sink.slice(0, sink.length), 0, { longs })
}

/** Parsed without losing a digit. */
function valuesOf(page: string): JsonValue[] {
  const { events } = parseJson(Buffer.from(page), 70) as { events: JsonObject[] }
  return events.map(({ value, error }) => {
    assert.equal(error, undefined)
    return value as JsonValue
  })
}

const textOf = (value: JsonValue): string => JSON.stringify(value)

async function inParallel<T>(items: readonly T[], use: (item: T, index: number) => Promise<void>): Promise<void> {
  const left = items.entries()
  const work = async (): Promise<void> => {
    for (const [index, item] of left) await use(item, index)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
