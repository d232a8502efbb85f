import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { type ReceivedMessage, StreamClient } from '../support/stream-client.ts'

const numbers = (messages: readonly ReceivedMessage[]): number[] => messages.map(({ content }) => content.value.n)

suite('GET /v1/stream', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  for (const type of ['text/event-stream', 'application/x-ndjson'] as const) {
    test(`${type}: gives what is published from now on, as it arrives`, async (t) => {
      const topic = await numberTopic(t, { partitions: 2 })
      await publishNumbers(gateway.api, topic, 0, 3)

      const stream = await StreamClient.open(t, gateway, { type, query: { topics: topic } })
      await publishNumbers(gateway.api, topic, 3, 4)
      await stream.count(4)

      assert.deepEqual(numbers(stream.events), range(3, 4))
      assert.equal(stream.response.headers.get('content-type'), type)
      assert.equal(stream.response.headers.get('cache-control'), 'no-store, no-transform')
      assert.equal(stream.response.headers.get('x-accel-buffering'), 'no')
    })

    test(`${type}: reads history, joins the end, and leaves nothing out`, async (t) => {
      const topic = await numberTopic(t)
      await publishNumbers(gateway.api, topic, 0, 900)
      await publishNumbers(gateway.api, topic, 900, 900)

      const stream = await StreamClient.open(t, gateway, { type, query: { topics: topic, from: 'earliest' } })
      await publishNumbers(gateway.api, topic, 1800, 200)
      await stream.count(2000)
      await publishNumbers(gateway.api, topic, 2000, 10)
      await stream.count(2010)

      assert.deepEqual(numbers(stream.events), range(0, 2010))
    })

    test(`${type}: goes on after any message whose cursor is given back`, async (t) => {
      const topic = await numberTopic(t, { partitions: 3 })
      for (let i = 0; i < 30; i++) await publishNumbers(gateway.api, topic, i, 1, { partition: i % 3 })
      const first = await StreamClient.open(t, gateway, { type, query: { topics: topic, from: 'earliest' } })
      await first.count(30)

      for (const at of [0, 7, 29]) {
        const { cursor } = first.events[at] as ReceivedMessage
        const resumed = await StreamClient.open(t, gateway, { type, query: { topics: topic, cursor } })
        await resumed.count(29 - at)
        const together = [...first.events.slice(0, at + 1), ...resumed.events]
        assert.deepEqual(
          numbers(together).sort((a, b) => a - b),
          range(0, 30),
        )
      }
    })
  }
})
