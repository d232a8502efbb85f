import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { problemIn, rawExchange } from '../support/raw-http.ts'
import { numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'
import type { ReceivedMessage } from '../support/received-messages.ts'
import { StreamClient } from '../support/stream-client.ts'
import { issueToken } from '../support/tokens.ts'
import { type Refused, upgradeRequest, WebSocketClient } from '../support/web-socket-client.ts'

const numbers = (messages: readonly ReceivedMessage[]): number[] => messages.map(({ content }) => content.value.n)

suite('GET /v1/stream as a WebSocket', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('gives what is published from now on, as it arrives', async (t) => {
    const topic = await numberTopic(t, { partitions: 2 })
    await publishNumbers(gateway.api, topic, 0, 3)

    const stream = await WebSocketClient.open(t, gateway, { query: { topics: topic } })
    await publishNumbers(gateway.api, topic, 3, 4)
    await stream.count(4)

    assert.deepEqual(numbers(stream.events), range(3, 4))
  })

  test('reads history, joins the end, and leaves nothing out', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 900)
    await publishNumbers(gateway.api, topic, 900, 900)

    const stream = await WebSocketClient.open(t, gateway, { query: { topics: topic, from: 'earliest' } })
    await publishNumbers(gateway.api, topic, 1800, 200)
    await stream.count(2000)
    await publishNumbers(gateway.api, topic, 2000, 10)
    await stream.count(2010)

    assert.deepEqual(numbers(stream.events), range(0, 2010))
  })

  test('cursors go from any form to any other', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 60)

    const page = await readPage(gateway.api, topic, { limit: 10 })
    const webSocket = await WebSocketClient.open(t, gateway, { query: { cursor: page.cursor } })
    await webSocket.count(50)
    const events = await StreamClient.open(t, gateway, {
      type: 'text/event-stream',
      query: { cursor: webSocket.events[9]?.cursor ?? '' },
    })
    await events.count(40)
    const lines = await StreamClient.open(t, gateway, { query: { cursor: events.events[9]?.cursor ?? '' } })
    await lines.count(30)
    const again = await WebSocketClient.open(t, gateway, { query: { cursor: lines.events[9]?.cursor ?? '' } })
    await again.count(20)
    const rest = await readPage(gateway.api, topic, { cursor: again.events[9]?.cursor ?? '' })

    const parts = [webSocket, events, lines, again].map((stream) => numbers(stream.events.slice(0, 10)))
    assert.deepEqual(parts, [range(10, 10), range(20, 10), range(30, 10), range(40, 10)])
    assert.deepEqual(
      rest.events.map(({ value }) => (value as { n: number }).n),
      range(50, 10),
    )
  })

  suite('answers a request that is refused as any other, and closes', () => {
    const cases: [
      fact: string,
      request: () => Promise<Parameters<typeof WebSocketClient.request>[1]>,
      status: number,
      code: string,
    ][] = [
      ['no token', async () => ({ token: null }), 401, 'token-missing'],
      ['a bad token', async () => ({ token: 'nonsense' }), 401, 'token-invalid'],
      ['no scope at all', async () => ({ token: await issueToken(['subscribe']) }), 403, 'scope-missing'],
      [
        'no scope for the topic',
        async () => ({ token: await issueToken(['read:other']), query: { topics: 'orders' } }),
        403,
        'scope-missing',
      ],
      ['an unknown parameter', async () => ({ query: { nonsense: 1 } }), 400, 'invalid-parameter'],
      ['a cursor that is none', async () => ({ query: { cursor: 'nonsense' } }), 400, 'invalid-cursor'],
      ['a topic that is not there', async () => ({ query: { topics: 'not-there' } }), 404, 'topic-not-found'],
    ]
    for (const [fact, request, status, code] of cases) {
      test(fact, async () => {
        const answer = (await WebSocketClient.request(gateway, await request())) as Refused

        assert.deepEqual([answer.status, answer.body.code], [status, code])
        assert.equal(answer.headers['content-type'], 'application/problem+json')
        assert.equal(answer.headers.connection, 'close')
      })
    }

    const handshakes: [fact: string, headers: string, status: number, code: string][] = [
      [
        'an unknown version',
        'Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
        400,
        'malformed-request',
      ],
      ['no key', 'Sec-WebSocket-Version: 13\r\n', 400, 'malformed-request'],
      ['a key that is none', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: abc\r\n', 400, 'malformed-request'],
    ]
    for (const [fact, headers, status, code] of handshakes) {
      test(fact, async () => {
        const answer = await rawExchange(gateway.url, [upgradeRequest(await issueToken(['read']), headers)])

        assert.deepEqual([problemIn(answer).status, problemIn(answer).code], [status, code])
        assert.match(answer, /sec-websocket-version: 13, 8/i)
      })
    }
  })

  test('is an ordinary request where the upgrade cannot be taken', async () => {
    const token = await issueToken(['read'])
    const withBody = upgradeRequest(token, 'Content-Length: 5\r\nConnection: close\r\n')
    const elsewhere = upgradeRequest(token, 'Connection: close\r\n').replace('/v1/stream', '/v1/topics')
    const another = upgradeRequest(token, 'Connection: close\r\n').replace('websocket', 'h2c')

    assert.equal(problemIn(await rawExchange(gateway.url, [`${withBody}hello`])).code, 'invalid-parameter')
    assert.match(await rawExchange(gateway.url, [elsewhere]), /^HTTP\/1\.1 200 OK/)
    assert.equal(problemIn(await rawExchange(gateway.url, [another])).code, 'invalid-parameter')
  })

  test('is not begun behind a request that is still to be answered', async (t) => {
    const topic = await numberTopic(t)
    const token = await issueToken(['read'])
    const poll = `GET /v1/topics/${topic}/events?from=latest&wait=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`

    const answer = await rawExchange(gateway.url, [poll + upgradeRequest(token, 'Connection: close\r\n')])

    assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400'])
  })

  test('opens without topics for who may only publish', async (t) => {
    const client = await WebSocketClient.open(t, gateway, { token: await issueToken(['publish:nothing']) })

    const reply = await client.ask({ subscribe: { topics: ['orders'] } })

    assert.equal(reply.problem.code, 'scope-missing')
    assert.equal(reply.problem.status, 403)
  })
})
