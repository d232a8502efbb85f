import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { pino } from 'pino'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { numberSchema } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { storedNumbers } from '../support/stored-numbers.ts'
import { storedMessages } from '../support/stored-values.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'
import { topicSettings } from '../support/topic-settings.ts'

const page = 'https://app.example.com'
const internalTopic = '_headgate.tickets'

suite('a ticket', () => {
  let one: TestGateway
  let other: TestGateway
  let topic: string
  before(async () => {
    const env = { HEADGATE_HTTP_CORS_ORIGINS: page }
    ;[one, other] = await Promise.all([startGateway({ env }), startGateway({ env })])
    topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, numberSchema)
  })
  after(async () => {
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const publish = (
    gateway: TestGateway,
    ticket: string,
    { to = topic, n = 1, headers = {} }: { to?: string; n?: number; headers?: Record<string, string> } = {},
  ) => gateway.api.post(`/v1/topics/${to}/events?ticket=${ticket}`, { n }, { token: null, headers })

  test('is given with its time of expiry, and is not to be cached', async () => {
    const began = Date.now()

    const answer = await one.api.post('/v1/tickets', { action: 'publish', topics: [topic] })

    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.match(answer.body.ticket, /^[\w-]+$/)
    const left = Date.parse(answer.body.expiresAt) - began
    assert.ok(left >= 30_000 && left < 35_000, `${left} ms`)
  })

  test('publishes once, and is 401 from then on, also at the other replica', async () => {
    const ticket = await takeTicket(one, { topics: [topic] })

    const first = await publish(one, ticket)
    const again = [await publish(one, ticket), await publish(other, ticket)]

    assert.equal(first.status, 201, first.text)
    for (const answer of again) {
      assert.equal(answer.status, 401, answer.text)
      assert.equal(answer.body.code, 'ticket-invalid')
      assert.match(answer.body.detail, /used before/)
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="headgate", error="invalid_token"/)
    }
  })

  test('is redeemed by exactly one of fifty requests at once, at two replicas, and writes one event', async () => {
    const mine = await createTopic(untilTheRunEnds)
    await registerSchema(`${mine}-value`, numberSchema)
    for (let round = 0; round < 5; round++) {
      const ticket = await takeTicket(one, { topics: [mine] })

      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          publish(index % 2 === 0 ? one : other, ticket, { to: mine, n: 50 * round + index }),
        ),
      )

      const statuses = answers.map(({ status }) => status)
      assert.deepEqual(statuses.toSorted(), [201, ...Array(49).fill(401)])
      const stored = await storedNumbers(mine)
      assert.equal(stored.length, round + 1)
      assert.equal(stored.at(-1), 50 * round + statuses.indexOf(201))
    }
  })

  test('that was used is known to a replica that was started afterwards', async (t) => {
    const used = await takeTicket(one, { topics: [topic] })
    const unused = await takeTicket(one, { topics: [topic] })
    assert.equal((await publish(one, used)).status, 201)

    const fresh = await gatewayFor(t)

    assert.equal((await publish(fresh, used)).status, 401)
    assert.equal((await publish(fresh, unused)).status, 201)
  })

  test('has its time', async (t) => {
    const brief = await gatewayFor(t, { env: { HEADGATE_TICKETS_LIFETIME_MS: '1' } })

    const ticket = await takeTicket(brief, { topics: [topic] })

    for (const gateway of [brief, one]) {
      const answer = await publish(gateway, ticket)
      assert.equal(answer.status, 401)
      assert.match(answer.body.detail, /expired/)
    }
  })

  test('is for one action on its topics: for others it is 403, and not used up by that', async () => {
    const elsewhere = await createTopic(untilTheRunEnds)
    const ticket = await takeTicket(one, { topics: [topic] })
    const toRead = await takeTicket(one, { action: 'read', topics: [topic] })

    const [otherTopic, otherAction] = [await publish(one, ticket, { to: elsewhere }), await publish(one, toRead)]

    for (const answer of [otherTopic, otherAction]) {
      assert.equal(answer.status, 403, answer.text)
      assert.equal(answer.body.code, 'scope-missing')
    }
    assert.equal((await publish(one, ticket)).status, 201)
  })

  test('is for the page that asked for it', async () => {
    const ticket = await takeTicket(one, { topics: [topic] }, { pageOrigin: page })

    for (const headers of [
      {},
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { origin: `${page}:8443` },
    ]) {
      const answer = await publish(one, ticket, { headers })
      assert.equal(answer.status, 401, answer.text)
      assert.match(answer.body.detail, /another origin/)
    }

    assert.equal((await publish(other, ticket, { headers: { origin: page } })).status, 201)
  })

  test('is for the page that a backend names', async () => {
    const ticket = await takeTicket(one, { topics: [topic], origin: page })

    assert.equal((await publish(one, ticket)).status, 401)
    assert.equal((await publish(one, ticket, { headers: { origin: page } })).status, 201)
  })

  test('without an origin is for clients that are no page', async () => {
    const ticket = await takeTicket(one, { topics: [topic] })

    assert.equal((await publish(one, ticket, { headers: { origin: page } })).status, 401)
    assert.equal((await publish(one, ticket)).status, 201)
  })

  test('is not used up by a request that could be seen to be wrong', async () => {
    const ticket = await takeTicket(one, { topics: [topic] })
    const path = `/v1/topics/${topic}/events?ticket=${ticket}`
    const wrong = [
      await one.api.post(`${path}&partition=x`, { n: 1 }, { token: null }),
      await one.api.post(`${path}&ticket=${ticket}`, { n: 1 }, { token: null }),
      await one.api.post(`${path}&timestamp=never`, { n: 1 }, { token: null }),
      await one.api.post(path, '{"n":', { token: null }),
      await one.api.post(path, { n: 1 }, { token: null, headers: { 'event-headers': 'none' } }),
      await one.api.post(path, { n: 1 }, { token: null, headers: { 'content-type': 'text/html' } }),
      await one.api.post(path, { n: 1 }, {}),
    ]
    assert.deepEqual(
      wrong.map(({ status }) => status),
      [400, 400, 400, 400, 400, 415, 400],
    )
    assert.deepEqual(
      wrong.at(-1)?.body.faults.map(({ pointer }: { pointer: string }) => pointer),
      ['ticket'],
    )

    assert.equal((await publish(one, ticket)).status, 201)
  })

  test('takes lines and CloudEvents as a token does, once', async () => {
    const lines = { headers: { 'content-type': 'application/x-ndjson' }, token: null }
    const ticket = await takeTicket(one, { topics: [topic] })
    const path = `/v1/topics/${topic}/events?ticket=`
    const raw = async (text: string) => {
      const response = await fetch(one.url + path + text, {
        method: 'POST',
        body: '{"value":{"n":7}}\n',
        headers: lines.headers,
      })
      return { status: response.status, text: await response.text() }
    }

    const [first, again] = [await raw(ticket), await raw(ticket)]

    assert.deepEqual([first.status, again.status], [200, 401])
    assert.match(first.text, /"published":1/)

    const events = [1, 2].map((n) => ({ specversion: '1.0', id: `e${n}`, source: '/test', type: 'test', data: { n } }))
    const batched = await takeTicket(one, { topics: [topic] })
    const batch = (text: string) =>
      one.api.post(path + text, events, {
        token: null,
        headers: { 'content-type': 'application/cloudevents-batch+json' },
      })
    assert.deepEqual([(await batch(batched)).status, (await batch(batched)).status], [201, 401])
  })

  test('sends a beacon: text that is JSON, without asking first, which no token does', async () => {
    const token = await issueToken(['publish'])
    const beacon = (credential: string, headers: Record<string, string>) =>
      one.api.post(`/v1/topics/${topic}/events${credential}`, '{"n":42}', {
        token: null,
        headers: { 'content-type': 'text/plain;charset=UTF-8', accept: '*/*', origin: page, ...headers },
      })
    const ticket = await takeTicket(one, { topics: [topic] }, { pageOrigin: page })

    const withToken = await beacon('', { authorization: `Bearer ${token}` })
    const sent = await beacon(`?ticket=${ticket}`, {})

    assert.equal(withToken.status, 415)
    assert.equal(sent.status, 201, sent.text)
    assert.equal(sent.headers.get('access-control-allow-origin'), page)
    assert.equal((await storedNumbers(topic)).at(-1), 42)
  })

  test('of a beacon is not used up by text in another encoding', async () => {
    const ticket = await takeTicket(one, { topics: [topic] })
    const path = `/v1/topics/${topic}/events?ticket=${ticket}`
    const send = (type: string) => one.api.post(path, '{"n":1}', { token: null, headers: { 'content-type': type } })

    assert.equal((await send('text/plain; charset=utf-16')).status, 415)
    assert.equal((await send('text/plain')).status, 201)
  })

  test('is for who may do all of it', async () => {
    const token = await issueToken([`publish:${topic}`, 'read'])
    const ask = (action: string, topics: string[]) => one.api.post('/v1/tickets', { action, topics }, { token })

    const refused = [
      await ask('publish', [topic, 'another-topic']),
      await ask('publish', ['_headgate.tickets']),
      await ask('read', ['__consumer_offsets']),
    ]

    assert.equal((await ask('publish', [topic])).status, 201)
    assert.equal((await ask('read', [topic, 'another-topic'])).status, 201)
    for (const { status, body } of refused) assert.deepEqual([status, body.code], [403, 'scope-missing'])
  })

  test('cannot be asked for in another way than documented', async () => {
    const cases: [status: number, code: string, body: unknown, headers?: Record<string, string>][] = [
      [400, 'invalid-body', {}],
      [400, 'invalid-body', { action: 'admin', topics: [topic] }],
      [400, 'invalid-body', { action: 'read', topics: [] }],
      [400, 'invalid-body', { action: 'read', topics: ['a*'] }],
      [400, 'invalid-body', { action: 'read', topics: Array.from({ length: 33 }, (_, index) => `t${index}`) }],
      [400, 'invalid-body', { action: 'read', topics: [topic], origin: `${page}/` }],
      [400, 'invalid-body', { action: 'read', topics: [topic], origin: 'null' }],
      [400, 'invalid-body', { action: 'read', topics: [topic], origin: page }, { origin: 'https://b.example.com' }],
      [403, 'origin-not-allowed', { action: 'read', topics: [topic] }, { origin: 'null' }],
      [415, 'unsupported-media-type', '{}', { 'content-type': 'text/plain' }],
    ]
    for (const [status, code, body, headers = {}] of cases) {
      const answer = await one.api.post('/v1/tickets', body, { headers })
      assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text)
    }
  })

  test('can be asked for by a page of another origin, after asking whether it may', async () => {
    const preflight = await fetch(`${one.url}/v1/tickets`, {
      method: 'OPTIONS',
      headers: {
        origin: page,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })

    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-origin'), page)
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /POST/)
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization.*content-type/i)
  })

  test('is in no log line, and in no answer, whatever becomes of it', async (t) => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const { api } = await gatewayFor(t, { log })
    const ticket = await takeTicket({ api }, { topics: [topic] })
    const path = `/v1/topics/${topic}/events`
    const unkeyed = { token: null }

    const answers = [
      await api.post(`${path}?ticket=${ticket}&x=1`, { n: 1 }, unkeyed),
      await api.post(`${path}?ticket=${ticket}`, { n: 1 }, {}),
      await api.post(`${path}?ticket=${ticket}x`, { n: 1 }, unkeyed),
      await api.post(`${path}?ticket=${ticket}&ticket=${ticket}`, { n: 1 }, unkeyed),
      await api.post(`${path}?%74icket=${ticket}&partition=77`, { n: 1 }, unkeyed),
      await api.get(`${path}?ticket=${ticket}`, unkeyed),
      await api.get(`${path}?ticket=${ticket}`),
      await api.get(`/docs?ticket=${ticket}`, unkeyed),
      await api.get(`/docs/?ticket=${ticket}`, unkeyed),
      await api.get(`/%?ticket=${ticket}`, unkeyed),
      await api.post(`${path}?ticket=${ticket}`, { n: 1 }, unkeyed),
    ]

    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(statuses, [400, 400, 401, 400, 422, 401, 400, 400, 404, 404, 401])
    for (const written of [...lines, (await api.get('/metrics')).text]) assert.ok(!written.includes(ticket))
    for (const { text, headers } of answers) assert.ok(![text, ...headers.values()].join().includes(ticket))
  })

  test('leaves its id in a topic that the gateway made for itself, and nothing that could be shown', async () => {
    const ticket = await takeTicket(one, { topics: [topic] })
    await publish(one, ticket)

    const records = (await storedMessages([internalTopic])).get(internalTopic) ?? []

    assert.ok(records.length > 0)
    for (const { key, value } of records) {
      assert.match(key ?? '', /^[\w-]{22}$/)
      assert.match(String(value), /^[\w-]{12} \d{13}$/)
    }
    const settings = await topicSettings(internalTopic)
    assert.equal(settings.get('cleanup.policy'), 'delete')
    assert.equal(settings.get('retention.ms'), '3600000')
    assert.equal(settings.get('message.timestamp.type'), 'LogAppendTime')
  })
})
