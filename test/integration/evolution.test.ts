import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import avsc from 'avsc'
import { parseSchema } from '../../src/schemas/avro/parse-schema.ts'
import { wirePrefixBytes } from '../../src/schemas/wire-format.ts'
import { avscText } from '../support/avsc-text.ts'
import { evolutionCases } from '../support/evolution-cases.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { type LanguageClient, languageClients } from '../support/language-clients.ts'
import { registerSchema } from '../support/schemas.ts'
import { storedValues } from '../support/stored-values.ts'

let gateway: TestGateway
const published = new Map<string, { topic: string; readerId: number }>()

before(async () => {
  gateway = await startGateway()
  for (const [title, { writer, reader, events }] of Object.entries(evolutionCases)) {
    const topic = await createTopic(untilTheRunEnds, { partitions: 1 })
    await registerSchema(`${topic}-value`, writer)
    const readerId = await registerSchema(`${topic}-reader`, reader)
    const batch = { events: events.map(({ sent }) => ({ value: sent })) }
    const answer = await gateway.api.post(`/v1/topics/${topic}/events/batch`, batch)
    assert.equal(answer.status, 201, answer.text)
    published.set(title, { topic, readerId })
  }
})
after(() => gateway[Symbol.asyncDispose]())

test('avsc, given both schemas, reads the same', async () => {
  const stored = await storedValues([...published.values()].map(({ topic }) => topic))

  for (const [title, { writer, reader, events }] of Object.entries(evolutionCases)) {
    const type = avsc.Type.forSchema(reader as avsc.Schema, { wrapUnions: 'always' })
    const resolver = type.createResolver(avsc.Type.forSchema(writer as avsc.Schema, { wrapUnions: 'always' }))
    const node = parseSchema(JSON.stringify(reader), [])
    const values = stored.get(published.get(title)?.topic ?? '') ?? []
    assert.deepEqual(
      values.map((value) => avscText(node, type.fromBuffer((value as Buffer).subarray(wirePrefixBytes), resolver))),
      events.map(({ read }) => read),
      title,
    )
  }
})

for (const [language, provide] of Object.entries(languageClients)) {
  suite(`a reader in ${language} with a schema of its own reads what the gateway wrote:`, () => {
    let client: LanguageClient

    before(async () => {
      client = await provide()
    })

    for (const [title, { events }] of Object.entries(evolutionCases)) {
      test(title, async () => {
        const { topic = '', readerId } = published.get(title) ?? {}

        const records = await client.read(topic, readerId)

        assert.deepEqual(
          records.map(({ datum }) => datum),
          events.map(({ read }) => read),
        )
      })
    }
  })
}
