import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { startNginx } from '../support/nginx.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { StreamClient } from '../support/stream-client.ts'

const types = ['text/event-stream', 'application/x-ndjson'] as const

suite('a stream behind nginx, which buffers by default and is told to compress everything', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  for (const type of types) {
    test(`${type}: each event arrives before the next one is published`, { timeout: 15_000 }, async (t) => {
      const topic = await numberTopic(t)
      const url = await startNginx(t, gateway.url)
      const stream = await StreamClient.open(t, { url }, { type, query: { topics: topic } })

      for (let n = 0; n < 10; n++) {
        await publishNumbers(gateway.api, topic, n, 1)
        await stream.count(n + 1, 2_000)
      }

      assert.deepEqual(
        stream.events.map(({ content }) => content.value.n),
        range(0, 10),
      )
    })
  }

  test('where it is told not to read X-Accel-Buffering, it keeps events back', async (t) => {
    const topic = await numberTopic(t)
    const url = await startNginx(t, gateway.url, 'proxy_ignore_headers X-Accel-Buffering;')
    const beside = await StreamClient.open(t, gateway, { query: { topics: topic } })

    const stream = StreamClient.open(
      t,
      { url },
      { type: 'text/event-stream', query: { topics: topic, from: 'earliest' } },
    )
    await publishNumbers(gateway.api, topic, 0, 1)
    await beside.count(1)

    const held = await Promise.race([stream.then(({ events }) => events), delay(1_000, [])])
    assert.deepEqual(held, [])
  })
})
