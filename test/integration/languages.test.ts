import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { everythingCases, everythingSchema } from '../support/everything-cases.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { type LanguageClient, languageClients } from '../support/language-clients.ts'
import { registerSchema } from '../support/schemas.ts'

const keyPartitions = 12
const keys = ['', ' ', '🔑', 'clé', '\u0000', 'k'.repeat(1_000), ...Array.from({ length: 994 }, nthKey)]
const keyOf = (index: number): string | null => (index % 2 === 0 ? `case-${index}-é𝄞` : null)

let gateway: TestGateway
let published: { topic: string; schemaId: number }
let partitionsOverHttp: number[]

before(async () => {
  gateway = await startGateway()
  const { topic, schemaId } = await newTopic(everythingSchema, 1)
  const events = [
    ...everythingCases.map(({ sent }, index) => ({ value: sent, key: keyOf(index) })),
    { value: null, key: 'gone' },
  ]
  await publishAll(topic, events)
  published = { topic, schemaId }
  const keyed = await newTopic('string', keyPartitions)
  const outcomes = await publishAll(
    keyed.topic,
    keys.map((key) => ({ key, value: 'x' })),
  )
  partitionsOverHttp = outcomes.map(({ partition }) => partition)
})
after(() => gateway[Symbol.asyncDispose]())

for (const [language, provide] of Object.entries(languageClients)) {
  suite(`a client in ${language}`, () => {
    let client: LanguageClient

    before(async () => {
      client = await provide()
    })

    test('reads the very data that were published over HTTP', async () => {
      const records = await client.read(published.topic)

      assert.equal(records.length, everythingCases.length + 1)
      for (const [index, { title, text }] of everythingCases.entries()) {
        assert.deepEqual(records[index], { partition: 0, offset: index, key: keyOf(index), datum: text }, title)
      }
      const { key, datum } = records[everythingCases.length] ?? {}
      assert.deepEqual({ key, datum }, { key: 'gone', datum: null })
    })

    test('writes what is read over HTTP as the very data', async () => {
      const { topic, schemaId } = await newTopic(everythingSchema, 1)
      const data = everythingCases.map(({ text }, index) => ({ key: keyOf(index), schemaId, datum: text }))

      await client.write(topic, [...data, { key: 'gone', schemaId, datum: null }])

      const { body } = await gateway.api.get(`/v1/topics/${topic}/events?longs=string`)
      assert.equal(body.events.length, everythingCases.length + 1)
      for (const [index, { title, value }] of everythingCases.entries()) {
        const { key, value: read, schema, error } = body.events[index]
        assert.equal(error, undefined, `${title}: ${error?.detail}`)
        assert.deepEqual({ key, read, id: schema.id }, { key: keyOf(index), read: value, id: schemaId }, title)
      }
      const { key, value } = body.events.at(-1)
      assert.deepEqual({ key, value }, { key: 'gone', value: null })
    })

    test(`has each of ${keys.length} keys on the partition that it has over HTTP`, async () => {
      const { topic, schemaId } = await newTopic('string', keyPartitions)

      const positions = await client.write(
        topic,
        keys.map((key) => ({ key, schemaId, datum: 'x' })),
      )

      const partitions = positions.map(({ partition }) => partition)
      assert.equal(new Set(partitions).size, keyPartitions)
      assert.deepEqual(partitions, partitionsOverHttp)
    })
  })
}

async function newTopic(schema: unknown, partitions: number): Promise<{ topic: string; schemaId: number }> {
  const topic = await createTopic(untilTheRunEnds, { partitions })
  return { topic, schemaId: await registerSchema(`${topic}-value`, schema) }
}

async function publishAll(topic: string, events: readonly object[]): Promise<{ partition: number }[]> {
  const answer = await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events })
  assert.equal(answer.status, 201, answer.text)
  return answer.body.outcomes
}

function nthKey(_: unknown, index: number): string {
  return index % 2 === 0 ? `order-${index}` : randomUUID()
}
