import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { asLine, brokenEvents } from '../support/broken-events/broken-events.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { registerSchema } from '../support/schemas.ts'

suite('the broken events over HTTP', () => {
  let gateway: TestGateway

  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  for (const [name, { schema, good, broken }] of Object.entries(brokenEvents)) {
    test(`of ${name}: judging and publishing name each fault where it is, and only good events are written`, async () => {
      const topic = await createTopic(untilTheRunEnds)
      await registerSchema(`${topic}-value`, schema)
      const texts = [...broken.map(([json]) => json), ...good]
      const expected = [
        ...broken.map(([, ...violations]) => ['refused', ...violations.sort()]),
        ...good.map(() => ['valid']),
      ]
      const body = `{"events":[${texts.map((json) => `{"value":${json}}`)}]}`

      const judged = await gateway.api.post(`/v1/topics/${topic}/events/validate?batch=true`, body)
      const published = await gateway.api.post(`/v1/topics/${topic}/events/batch`, body)

      assert.equal(judged.status, 200, judged.text)
      assert.deepEqual(judged.body.judgements.map(outcomeAndLines), expected)
      assert.equal(published.status, 207, published.text)
      assert.deepEqual(
        published.body.outcomes.map(outcomeAndLines),
        expected.map(([outcome, ...lines]) => [outcome === 'valid' ? 'published' : outcome, ...lines]),
      )
      const { body: page } = await gateway.api.get(`/v1/topics/${topic}/events`)
      assert.equal(page.events.length, good.length)
    })
  }
})

function outcomeAndLines({
  outcome,
  violations = [],
}: {
  outcome: string
  violations?: Parameters<typeof asLine>[0][]
}) {
  return [outcome, ...violations.map(asLine).sort()]
}
