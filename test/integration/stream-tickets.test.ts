import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { StreamClient } from '../support/stream-client.ts'
import { audience, signingKey, TestIssuer } from '../support/test-issuer.ts'
import { takeTicket } from '../support/tickets.ts'

const eventStream = 'text/event-stream'

suite('a stream that a ticket opens', () => {
  let one: TestGateway
  let other: TestGateway
  before(async () => {
    ;[one, other] = await Promise.all([startGateway(), startGateway()])
  })
  after(async () => {
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const ticketFor = (topic: string) => takeTicket(one, { action: 'read', topics: [topic] })
  const open = (t: TestContext, gateway: TestGateway, topic: string, ticket: string, query = {}) =>
    StreamClient.open(t, gateway, { type: eventStream, query: { topics: topic, ticket, ...query }, token: null })
  /** The answer to what is not expected to become a stream. */
  const show = (gateway: TestGateway, topic: string, ticket: string, accept = eventStream, more = '') =>
    gateway.api.get(`/v1/stream?topics=${topic}&ticket=${ticket}${more}`, { token: null, headers: { accept } })

  test('gives its events; the same URL is 204 to an EventSource and 401 to others, at any replica', async (t) => {
    const topic = await numberTopic(t)
    const ticket = await ticketFor(topic)

    const stream = await open(t, one, topic, ticket)
    await publishNumbers(one.api, topic, 0, 3)
    await stream.count(3)

    assert.equal(stream.events.length, 3)
    for (const gateway of [one, other]) {
      const [retried, lines] = [await show(gateway, topic, ticket), await show(gateway, topic, ticket, '*/*')]
      assert.deepEqual([retried.status, retried.text], [204, ''])
      assert.deepEqual([lines.status, lines.body.code], [401, 'ticket-invalid'])
    }
  })

  test('is opened by exactly one of fifty requests at once, at two replicas', async (t) => {
    const topic = await numberTopic(t)
    const ticket = await ticketFor(topic)
    const abort = new AbortController()
    t.after(() => abort.abort())

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        fetch(`${(index % 2 === 0 ? one : other).url}/v1/stream?topics=${topic}&ticket=${ticket}`, {
          headers: { accept: eventStream },
          signal: abort.signal,
        }),
      ),
    )

    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, ...Array(49).fill(204)])
  })

  test('goes on with another ticket and its cursor, at the other replica', async (t) => {
    const topic = await numberTopic(t)
    const first = await open(t, one, topic, await ticketFor(topic))
    await publishNumbers(one.api, topic, 0, 3)
    await first.count(3)
    await first.close()
    await publishNumbers(one.api, topic, 3, 3)

    const second = await open(t, other, topic, await ticketFor(topic), { cursor: first.cursor })

    const numbers = (await second.count(3)).map(({ content }) => content.value.n)
    assert.deepEqual(numbers, [3, 4, 5])
  })

  test('is refused for what the ticket is not for, and what could be seen to be wrong, without using it up', async (t) => {
    const [topic, another] = [await numberTopic(t), await numberTopic(t)]
    const ticket = await ticketFor(topic)
    const toPublish = await takeTicket(one, { action: 'publish', topics: [topic] })
    const missing = await takeTicket(one, { action: 'read', topics: ['no-such-topic'] })
    const refused = [
      await show(one, another, ticket),
      await show(one, `${topic},${another}`, ticket),
      await show(one, topic, toPublish),
      await show(one, topic, ticket, eventStream, '&from=never'),
      await show(one, topic, ticket, eventStream, '&cursor=AAAA'),
      await show(one, topic, ticket, 'image/png'),
      await show(one, 'no-such-topic', missing),
      await show(one, 'no-such-topic', missing),
    ]
    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403, 403, 400, 400, 406, 404, 404],
    )

    await open(t, one, topic, ticket)
  })

  test("of the gateway's own page, which browsers do not name in a GET, is opened", async (t) => {
    const topic = await numberTopic(t)
    const ticket = await takeTicket(one, { action: 'read', topics: [topic] }, { pageOrigin: one.url })

    const elsewhere = await one.api.get(`/v1/stream?topics=${topic}&ticket=${ticket}`, {
      token: null,
      headers: { accept: eventStream, origin: 'https://evil.example.com' },
    })

    assert.equal(elsewhere.status, 401)
    await open(t, one, topic, ticket)
  })

  test('outlives the ticket', async (t) => {
    const brief = await gatewayFor(t, { env: { HEADGATE_TICKETS_LIFETIME_MS: '1500' } })
    const topic = await numberTopic(t)
    const began = Date.now()
    const ticket = await takeTicket(brief, { action: 'read', topics: [topic] })
    const stream = await open(t, brief, topic, ticket, { from: 'earliest' })

    let published = 0
    while (Date.now() < began + 3_000) {
      await publishNumbers(brief.api, topic, published, 1)
      published += 1
      await stream.count(published)
    }

    assert.equal(stream.isEnded, false)
    assert.equal(stream.events.length, published)
  })
})

suite('the credentials of a stream', () => {
  /** A gateway with an issuer of its own, whose keys it fetches again and again. */
  async function start(t: TestContext) {
    const issuer = await TestIssuer.start()
    t.after(() => issuer[Symbol.asyncDispose]())
    const gateway = await gatewayFor(t, {
      env: {
        HEADGATE_AUTH_ISSUER: issuer.url,
        HEADGATE_AUTH_AUDIENCE: audience,
        HEADGATE_AUTH_LEEWAY_SECONDS: '0',
        HEADGATE_AUTH_JWKS_TTL_MS: '100',
      },
    })
    const topic = await numberTopic(t)
    const openBoth = async (token: string) => {
      const ticket = await takeTicket(gateway, { action: 'read', topics: [topic] }, { token })
      return Promise.all([
        StreamClient.open(t, gateway, { query: { topics: topic }, token }),
        StreamClient.open(t, gateway, { query: { topics: topic, ticket }, token: null }),
      ])
    }
    return { issuer, gateway, openBoth }
  }

  test('end it once the issuer has withdrawn the key, of a ticket too, and not while it is away', async (t) => {
    const { issuer, gateway, openBoth } = await start(t)
    const [first] = issuer.keys
    const doomed = await openBoth(await issuer.token())
    issuer.keys = [await signingKey('second'), ...issuer.keys]
    const token = await issuer.token()
    const lasting = await openBoth(token)
    // With each request a gateway looks whether its keys are to be fetched.
    const isFetched = async (more: number) => {
      await gateway.api.get('/v1/topics', { token })
      return issuer.jwksFetches >= asked + more
    }

    let asked = issuer.jwksFetches
    issuer.answers.set('/jwks', { status: 500, body: '' })
    await pollUntil(() => isFetched(2))
    assert.ok([...doomed, ...lasting].every(({ isEnded }) => !isEnded))
    issuer.keys = issuer.keys.filter((key) => key !== first)
    issuer.answers.clear()
    asked = issuer.jwksFetches
    await pollUntil(() => isFetched(1))

    for (const stream of doomed) {
      const { content } = await stream.until('closing', 15_000)
      assert.equal(content.code, 'token-invalid')
      assert.match(content.detail, /withdrawn/)
    }
    assert.ok(lasting.every(({ isEnded }) => !isEnded))
  })

  test('end it when the token expires, by which the ticket was taken', async (t) => {
    const { issuer, openBoth } = await start(t)
    const expiresAt = Math.floor(Date.now() / 1000) + 3

    const streams = await openBoth(await issuer.token({ exp: expiresAt }))

    for (const stream of streams) {
      const { content } = await stream.until('closing')
      assert.equal(content.code, 'token-invalid')
      assert.match(content.detail, /expired/)
      assert.ok(Date.now() >= expiresAt * 1000)
      assert.equal(stream.of('challenge').length, 1)
    }
  })
})
