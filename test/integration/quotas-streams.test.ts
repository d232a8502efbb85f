import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { WebSocket } from 'ws'
import { createKey } from '../support/api-keys.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { startOwnKafka } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { storedNumbers } from '../support/stored-numbers.ts'
import { StreamClient } from '../support/stream-client.ts'
import { LineStream, linesOf, withoutProgress } from '../support/stream-lines.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const config = `
quotas:
  classes:
    steady: { events: { limit: 100 } }
    hourly: { events: { limit: 10, seconds: 3600 } }
    streams: { streams: 5 }
`
const narrow = uniqueName('narrow')
const contracts = [`{ topic: ${narrow}, quota: { streams: 2 } }`]

suite('quotas of what lasts', () => {
  // Replicas before the same Kafka would share them.
  let kafka: Awaited<ReturnType<typeof startOwnKafka>>
  let gateway: TestGateway
  before(async () => {
    kafka = await startOwnKafka()
    const env = { HEADGATE_CONFIG: config, HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap }
    gateway = await startGateway({ contracts, env })
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  const topicOf = (t: TestContext, name = uniqueName('topic')) => numberTopic(t, { name, bootstrap: kafka.bootstrap })
  const stored = (topic: string) => storedNumbers(topic, { bootstrap: kafka.bootstrap })
  const keyOf = async (quotaClass: string): Promise<string> =>
    (await createKey(gateway, { scopes: ['publish', 'read'], quotaClass })).key

  test('slow a request of lines down to what they allow: nothing of it is refused', async (t) => {
    const topic = await topicOf(t)
    const token = await keyOf('steady')
    const startedAt = performance.now()

    const lines = await new LineStream(gateway.url, topic, { token }).end(linesOf(0, 400))

    const seconds = (performance.now() - startedAt) / 1000
    assert.equal(withoutProgress(lines)[0]?.summary?.published, 400)
    assert.equal(withoutProgress(lines).length, 1)
    assert.deepEqual(await stored(topic), range(0, 400))
    assert.ok(seconds >= 2.99, `400 events within ${seconds} s, of 100 at once and 100 a second`)
  })

  test('end a request of lines where the next would wait too long, and say how far it came', async (t) => {
    const topic = await topicOf(t)
    const token = await keyOf('hourly')

    const lines = await new LineStream(gateway.url, topic, { token }).end(linesOf(0, 50))
    const again = await new LineStream(gateway.url, topic, { token }).rest()

    const { ended } = lines.at(-1) ?? {}
    assert.deepEqual([ended?.code, ended?.lastLine], ['quota-exceeded', 10])
    assert.deepEqual(await stored(topic), range(0, 10))
    assert.deepEqual(again.at(-1)?.ended?.lastLine, 0)
  })

  test('slow the publishing over a WebSocket down, and refuse a command that would wait too long', async (t) => {
    const topic = await topicOf(t)
    const steady = await WebSocketClient.open(t, gateway, { token: await keyOf('steady') })
    const hourly = await WebSocketClient.open(t, gateway, { token: await keyOf('hourly') })
    const send = (client: WebSocketClient, count: number) =>
      Promise.all(range(0, count).map((n) => client.ask({ publish: { topic, event: { value: { n } } } })))
    const startedAt = performance.now()

    const replies = await send(steady, 200)
    const seconds = (performance.now() - startedAt) / 1000
    const refused = (await send(hourly, 12)).filter(({ problem }) => problem)

    assert.deepEqual(new Set(replies.map(({ outcome }) => outcome.outcome)), new Set(['published']))
    assert.ok(seconds >= 0.99, `200 events within ${seconds} s, of 100 at once and 100 a second`)
    assert.deepEqual(
      refused.map(({ problem }) => [problem.code, problem.quota.name]),
      Array(2).fill(['quota-exceeded', 'events']),
    )
    assert.equal((await stored(topic)).length, 210)
  })

  test('slow the reading of the past by a stream down, and end nothing', async (t) => {
    const topic = await topicOf(t)
    await publishNumbers(gateway.api, topic, 0, 300)
    const client = await StreamClient.open(t, gateway, {
      query: { topics: topic, from: 'earliest' },
      token: await keyOf('steady'),
    })
    await client.count(300)
    const startedAt = performance.now()
    await publishNumbers(gateway.api, topic, 300, 1)

    await client.count(301)

    // The 300 were one page, 200 more than there were left.
    const seconds = (performance.now() - startedAt) / 1000
    assert.ok(seconds >= 1, `went on after ${seconds} s`)
  })

  test('of open streams hold for all forms of them together, and end with the connection', async (t) => {
    const topic = await topicOf(t)
    const token = await keyOf('streams')
    const query = { topics: topic }
    const events = await StreamClient.open(t, gateway, { token, query, type: 'text/event-stream' })
    const lines = await StreamClient.open(t, gateway, { token, query })
    const webSocket = await WebSocketClient.open(t, gateway, { token, query })
    const upload = new LineStream(gateway.url, topic, { token })
    await pollUntil(() => upload.response !== undefined)
    const another = await StreamClient.open(t, gateway, { token, query })

    const refused = [
      await gateway.api.get(`/v1/stream?topics=${topic}`, { token }),
      await gateway.api.call(`/v1/topics/${topic}/events`, {
        method: 'POST',
        token,
        headers: { 'content-type': 'application/x-ndjson' },
        body: linesOf(0, 1),
      }),
      (await WebSocketClient.request(gateway, { token, query })) as { status: number; body: { code: string } },
    ]

    for (const { status, body } of refused) assert.deepEqual([status, body.code], [429, 'quota-exceeded'])
    for (const end of [
      () => events.close(),
      () => lines.close(),
      () => webSocket.webSocket.terminate(),
      () => upload.end(),
      () => another.close(),
    ]) {
      await end()
      await pollUntil(async () => {
        const next = await WebSocketClient.request(gateway, { token, query })
        if (next instanceof WebSocketClient) next.webSocket.terminate()
        return next instanceof WebSocketClient
      })
    }
  })

  test('of the streams of a topic hold for all of its readers, also of one who subscribes later', async (t) => {
    const topic = await topicOf(t, narrow)
    const [first] = [await StreamClient.open(t, gateway, { query: { topics: topic } })]
    const later = await WebSocketClient.open(t, gateway)
    const subscribe = () => later.ask({ subscribe: { topics: [topic] } })
    await subscribe()
    const third = await WebSocketClient.open(t, gateway)

    const refused = await third.ask({ subscribe: { topics: [topic] } })

    assert.deepEqual(
      [refused.problem.code, refused.problem.quota],
      ['quota-exceeded', { name: 'streams', of: 'topic', limit: 2 }],
    )
    await first.close()
    await pollUntil(async () => (await third.ask({ subscribe: { topics: [topic] } })).problem === undefined)
  })

  test('of open streams are whole again after a thousand that were opened and cut in all ways', async (t) => {
    const topic = await topicOf(t)
    const token = await keyOf('streams')
    const authorization = `Bearer ${token}`
    const url = `${gateway.url}/v1/stream?topics=${topic}`
    const ways = [
      async () => {
        const abort = new AbortController()
        const answer = await fetch(url, { headers: { authorization }, signal: abort.signal })
        abort.abort()
        return answer.status
      },
      async () => {
        const answer = await fetch(`${gateway.url}/v1/stream?topics=no-such-topic`, { headers: { authorization } })
        await answer.text()
        return answer.status
      },
      async () => {
        const abort = new AbortController()
        const answer = fetch(url, { headers: { authorization }, signal: abort.signal }).then(
          ({ status }) => status,
          () => 0,
        )
        setImmediate(() => abort.abort())
        return answer
      },
      () => webSocketCut(url, authorization),
      async () => {
        const lines = new LineStream(gateway.url, topic, { token })
        lines.request.write(linesOf(0, 3))
        await pollUntil(() => lines.response !== undefined || lines.request.destroyed)
        const { statusCode = 0 } = lines.response ?? {}
        lines.request.destroy()
        return statusCode
      },
    ]
    const statuses = new Map<number, number>()
    for (let round = 0; round < 200; round++) {
      for (const status of await Promise.all(ways.map((way) => way()))) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    assert.ok((statuses.get(200) ?? 0) > 200 && (statuses.get(404) ?? 0) > 50, JSON.stringify([...statuses]))

    const open = range(0, 5).map(() => undefined as StreamClient | undefined)
    for (const index of open.keys()) {
      await pollUntil(async () => {
        const next = await StreamClient.open(t, gateway, { token, query: { topics: topic } }).catch(() => undefined)
        open[index] = next
        return next !== undefined
      })
    }
    assert.equal((await gateway.api.get(`/v1/stream?topics=${topic}`, { token })).status, 429)
  })
})

/** Opens a WebSocket and cuts it, whatever came of it. */
function webSocketCut(url: string, authorization: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const webSocket = new WebSocket(url.replace('http', 'ws'), { headers: { authorization } })
  webSocket.on('open', () => {
    webSocket.terminate()
    resolve(101)
  })
  webSocket.on('unexpected-response', (request, { statusCode = 0 }) => {
    request.destroy()
    resolve(statusCode)
  })
  webSocket.on('error', () => resolve(0))
  return promise
}
