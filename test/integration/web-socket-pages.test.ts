import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { takeTicket } from '../support/tickets.ts'
import { type Refused, WebSocketClient } from '../support/web-socket-client.ts'

const listed = 'https://app.example.com'

suite('a WebSocket that a page opens', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway({ env: { HEADGATE_HTTP_CORS_ORIGINS: listed } })
  })
  after(() => gateway[Symbol.asyncDispose]())

  for (const origin of [
    'https://evil.example.com',
    'null',
    'http://app.example.com',
    'https://app.example.com.evil.com',
  ]) {
    test(`is refused to the origin ${origin}`, async () => {
      const answer = (await WebSocketClient.request(gateway, { headers: { origin } })) as Refused

      assert.deepEqual([answer.status, answer.body.code], [403, 'origin-not-allowed'])
    })
  }

  test('is opened to an origin that is listed, to its own, and to who is no page', async (t) => {
    for (const headers of [{ origin: listed }, { origin: new URL(gateway.url).origin }, {}]) {
      const client = await WebSocketClient.open(t, gateway, { headers: headers as Record<string, string> })
      assert.equal(client.isEnded, false)
    }
  })

  test('behind a proxy its own origin is that of the public URL alone', async (t) => {
    const proxied = await gatewayFor(t, { env: { HEADGATE_HTTP_PUBLIC_URL: 'https://events.example.com/gateway' } })

    const own = await WebSocketClient.open(t, proxied, { headers: { origin: 'https://events.example.com' } })
    const inner = (await WebSocketClient.request(proxied, {
      headers: { origin: new URL(proxied.url).origin },
    })) as Refused

    assert.equal(own.isEnded, false)
    assert.equal(inner.body.code, 'origin-not-allowed')
  })

  test('is opened by a ticket, once, and reads what the ticket is for and no more', async (t) => {
    const [topic, other] = [await numberTopic(t), await numberTopic(t)]
    const ticket = await takeTicket(gateway, { action: 'read', topics: [topic] }, { pageOrigin: listed })
    const request = { query: { topics: topic, ticket }, token: null, headers: { origin: listed } }

    const client = await WebSocketClient.open(t, gateway, request)
    const again = (await WebSocketClient.request(gateway, request)) as Refused
    await publishNumbers(gateway.api, topic, 0, 2)
    await client.count(2)

    assert.equal(client.events.length, 2)
    assert.deepEqual([again.status, again.body.code], [401, 'ticket-invalid'])
    for (const command of [{ subscribe: { topics: [other] } }, { publish: { topic, event: { value: { n: 1 } } } }]) {
      assert.equal((await client.ask(command)).problem.code, 'scope-missing')
    }
  })

  test('publishes with a ticket for that', async (t) => {
    const topic = await numberTopic(t)
    const ticket = await takeTicket(gateway, { action: 'publish', topics: [topic] }, { pageOrigin: listed })
    const client = await WebSocketClient.open(t, gateway, {
      query: { ticket },
      token: null,
      headers: { origin: listed },
    })

    const reply = await client.ask({ publish: { topic, event: { value: { n: 1 } } } })

    assert.equal(reply.outcome.outcome, 'published')
  })

  test('does not use a ticket up that is shown by another origin', async (t) => {
    const topic = await numberTopic(t)
    const ticket = await takeTicket(gateway, { action: 'read', topics: [topic] }, { pageOrigin: listed })
    const query = { topics: topic, ticket }

    const stolen = (await WebSocketClient.request(gateway, {
      query,
      token: null,
      headers: { origin: 'https://evil.example.com' },
    })) as Refused
    const own = await WebSocketClient.open(t, gateway, { query, token: null, headers: { origin: listed } })

    assert.equal(stolen.status, 401)
    assert.equal(own.isEnded, false)
  })
})
