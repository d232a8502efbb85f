import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { createKey, keysToken, revokeKey } from '../support/api-keys.ts'
import { apiKeyPepper, gatewayFor, startGateway, type TestGateway, withoutApiKeys } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic } from '../support/reading.ts'
import { StreamClient } from '../support/stream-client.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'

// What is promised of a revocation.
const revokedWithinMs = 5_000

suite('API keys', () => {
  let one: TestGateway
  let other: TestGateway
  before(async () => {
    ;[one, other] = await Promise.all([startGateway(), startGateway()])
  })
  after(async () => {
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const list = (gateway: TestGateway, key: string) => gateway.api.get('/v1/topics', { token: key })
  /** Whether a replica takes the key: a new one is a moment on its way. */
  const takes = async (gateway: TestGateway, key: string) => (await list(gateway, key)).status === 200
  const openStream = (t: TestContext, topic: string, key: string) =>
    StreamClient.open(t, other, { query: { topics: topic }, token: key })

  test('publish, read and stream what their scopes say, at any replica, and nothing else', async (t) => {
    const [own, another] = [await numberTopic(t), await numberTopic(t)]
    const { key } = await createKey(one, { scopes: [`publish:${own}`, `read:${own}`] })
    await pollUntil(() => takes(other, key))
    const stream = await openStream(t, own, key)

    const published = await one.api.post(`/v1/topics/${own}/events`, { n: 1 }, { token: key })
    const read = await other.api.get(`/v1/topics/${own}/events`, { token: key })
    const refused = [
      await one.api.post(`/v1/topics/${another}/events`, { n: 1 }, { token: key }),
      await one.api.get(`/v1/topics/${another}/events`, { token: key }),
      await one.api.get(`/v1/stream?topics=${own},${another}`, { token: key }),
      await one.api.post('/v1/tickets', { action: 'read', topics: [another] }, { token: key }),
      await one.api.get('/v1/api-keys', { token: key }),
    ]

    assert.equal(published.status, 201, published.text)
    assert.deepEqual(
      read.body.events.map(({ value }: { value: unknown }) => value),
      [{ n: 1 }],
    )
    assert.equal((await stream.count(1))[0]?.content.value.n, 1)
    assert.deepEqual(
      refused.map(({ status, body }) => [status, body.code]),
      refused.map(() => [403, 'scope-missing']),
    )
  })

  test('are shown once: no later answer has the secret', async () => {
    const token = await keysToken()
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const asked = {
      description: 'Of ACME',
      owner: 'acme',
      scopes: ['publish:acme.*'],
      quotaClass: 'default',
      expiresAt,
    }

    const created = await one.api.post('/v1/api-keys', asked, { token })

    const { key, apiKey } = created.body
    assert.equal(created.headers.get('cache-control'), 'no-store')
    assert.equal(created.headers.get('location'), `/v1/api-keys/${apiKey.id}`)
    const { id, createdAt, createdBy, ...rest } = apiKey
    assert.ok(key.startsWith(`hg_${id}`))
    assert.ok(Math.abs(Date.now() - Date.parse(createdAt)) < 60_000)
    assert.equal(createdBy, 'headgate-local')
    const nothing = { addresses: null, rotatedAt: null, previousUntil: null, revokedAt: null, lastUsedAt: null }
    assert.deepEqual(rest, { ...asked, ...nothing, status: 'active' })
    const [got, listed] = [
      await one.api.get(`/v1/api-keys/${id}`, { token }),
      await one.api.get('/v1/api-keys', { token }),
    ]
    assert.deepEqual(got.body, apiKey)
    assert.deepEqual(
      listed.body.apiKeys.find((each: { id: string }) => each.id === id),
      apiKey,
    )
    for (const { text } of [got, listed]) assert.ok(!text.includes(key.split('_')[2]))
  })

  test('are given by nobody who may not do as much himself, unless he has admin', async (t) => {
    const topic = await numberTopic(t)
    const giver = await issueToken(['keys', 'publish:acme.*', 'read:acme.*.log', 'admin:acme.*'])
    const give = (scopes: string[], token = giver) =>
      one.api.post('/v1/api-keys', { description: 'x', scopes }, { token })

    for (const scope of ['publish:acme.orders', 'publish:acme.*', 'publish:acme.*.x*', 'read:acme.a*.log']) {
      assert.equal((await give([scope])).status, 201, scope)
    }
    for (const scope of ['publish', 'publish:*', 'publish:acme*', 'read:acme.*', 'schemas-read', `read:${topic}`]) {
      const refused = await give(['publish:acme.orders', scope])
      assert.deepEqual([refused.status, refused.body.code], [403, 'scope-missing'], scope)
      assert.ok(refused.headers.get('www-authenticate')?.includes(`scope="${scope}"`))
    }
    const broad = await createKey(one, { scopes: ['publish', 'read'] })
    const stolen = await one.api.post(`/v1/api-keys/${broad.id}/rotate`, {}, { token: giver })
    assert.deepEqual([stolen.status, stolen.body.code], [403, 'scope-missing'])
  })

  test('cannot manage keys, whoever gives them', async () => {
    const token = await keysToken()
    for (const scope of ['keys', 'admin', 'admin:*', 'keys:*', 'everything', 'publish:', 'publish:a b']) {
      const answer = await one.api.post('/v1/api-keys', { description: 'x', scopes: [scope] }, { token })
      assert.deepEqual([answer.status, answer.body.code], [400, 'invalid-body'], scope)
    }
  })

  test('are refused as requests that make no sense: networks, times and texts that are none', async () => {
    const token = await keysToken()
    const scopes = ['read']
    const wrong: [object, string][] = [
      [{ addresses: ['10.0.0.0/8', '10.0.0.0/33'] }, '/addresses/1'],
      [{ addresses: ['example.com'] }, '/addresses/0'],
      [{ addresses: [] }, '/addresses'],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
      [{ expiresAt: 'tomorrow' }, '/expiresAt'],
      [{ description: 'a\nb' }, '/description'],
      [{ quotaClass: '' }, '/quotaClass'],
      [{ quotaClass: 'gold' }, '/quotaClass'],
    ]
    for (const [part, pointer] of wrong) {
      const answer = await one.api.post('/v1/api-keys', { description: 'x', scopes, ...part }, { token })
      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.faults[0].pointer, pointer)
    }
  })

  test('are refused when they were altered, with a challenge', async () => {
    const { key } = await createKey(one, { scopes: ['read'] })
    const stranger = await createKey(one, { scopes: ['read'] })
    const [head, secret = ''] = [key.slice(0, 20), key.slice(20)]
    const altered = [
      key.slice(0, -1),
      `${key}A`,
      head + secret.replace(/./, (first) => (first === 'A' ? 'B' : 'A')),
      `${stranger.key.slice(0, 19)}${key.slice(19)}`,
      'hg_',
      'hg_nonsense',
    ]

    for (const text of altered) {
      const answer = await list(one, text)
      assert.deepEqual([answer.status, answer.body.code], [401, 'key-invalid'], answer.text)
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="headgate", error="invalid_token"/)
    }
    assert.equal((await list(one, key)).status, 200)
  })

  test('expire at their time, and their streams with them', async (t) => {
    const topic = await numberTopic(t)
    const expiresAt = Date.now() + 2_500
    const { key, id } = await createKey(one, {
      scopes: [`read:${topic}`],
      expiresAt: new Date(expiresAt).toISOString(),
    })
    await pollUntil(() => takes(other, key))
    const stream = await openStream(t, topic, key)

    const { content } = await stream.until('closing')

    assert.ok(Date.now() >= expiresAt)
    assert.equal(content.code, 'token-invalid')
    const answer = await list(one, key)
    assert.deepEqual([answer.status, answer.body.code], [401, 'key-invalid'])
    assert.match(answer.body.detail, /expired/)
    const token = await keysToken()
    assert.equal((await one.api.get(`/v1/api-keys/${id}`, { token })).body.status, 'expired')
    const rotated = await one.api.post(`/v1/api-keys/${id}/rotate`, {}, { token })
    assert.deepEqual([rotated.status, rotated.body.code], [409, 'key-ended'])
  })

  test('are good with both secrets for the time of an overlap, and then with the new one alone', async () => {
    const { id, key: first } = await createKey(one, { scopes: ['read'] })
    const token = await keysToken()
    const rotate = async (overlapSeconds?: number): Promise<string> => {
      const answer = await one.api.post(`/v1/api-keys/${id}/rotate`, { overlapSeconds }, { token })
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.apiKey.id, id)
      return answer.body.key
    }

    const second = await rotate(2)
    assert.deepEqual([(await list(one, first)).status, (await list(one, second)).status], [200, 200])
    await pollUntil(async () => !(await takes(one, first)), 5_000)
    assert.match((await list(one, first)).body.detail, /replaced/)

    const third = await rotate()
    const fourth = await rotate(0)
    const statuses = await Promise.all([first, second, third, fourth].map(async (key) => (await list(one, key)).status))
    assert.deepEqual(statuses, [401, 401, 401, 200])
    await pollUntil(async () => (await takes(other, fourth)) && !(await takes(other, third)))
  })

  test('that are revoked end on every replica, with their streams and tickets, and stay so', async (t) => {
    const topic = await numberTopic(t)
    const { id, key } = await createKey(one, { scopes: [`read:${topic}`] })
    await pollUntil(() => takes(other, key))
    const stream = await openStream(t, topic, key)
    const asked = { action: 'read', topics: [topic] } as const
    const ofTicket = await StreamClient.open(t, other, {
      query: { topics: topic, ticket: await takeTicket(one, asked, { token: key }) },
      token: null,
    })
    const unused = await takeTicket(one, asked, { token: key })

    const began = performance.now()
    await revokeKey(one, id)
    const answered = performance.now()
    assert.equal((await list(one, key)).status, 401)
    await pollUntil(async () => !(await takes(other, key)), revokedWithinMs)
    const refused = performance.now()
    for (const each of [stream, ofTicket]) {
      const { content } = await each.until('closing', revokedWithinMs)
      assert.equal(content.code, 'token-invalid')
      assert.match(content.detail, /withdrawn/)
    }
    const closed = performance.now()

    const times = { answered: answered - began, refused: refused - began, closed: closed - began }
    t.diagnostic(
      `ms from the request: ${JSON.stringify(times, (_, ms) => (typeof ms === 'number' ? Math.round(ms) : ms))}`,
    )
    assert.ok(times.closed < revokedWithinMs, `${times.closed} ms`)
    const shown = await other.api.get(`/v1/stream?topics=${topic}&ticket=${unused}`, { token: null })
    assert.deepEqual([shown.status, shown.body.code], [401, 'ticket-invalid'])
    await revokeKey(other, id)
    const rotated = await one.api.post(`/v1/api-keys/${id}/rotate`, {}, { token: await keysToken() })
    assert.deepEqual([rotated.status, rotated.body.code], [409, 'key-ended'])
  })

  test('are read whole by a replica that starts, revocations included, before it answers for them', async (t) => {
    const good = await createKey(one, { scopes: ['read'] })
    const bad = await createKey(one, { scopes: ['read'] })
    await revokeKey(one, bad.id)

    const late = await gatewayFor(t, { awaitReady: false })
    await pollUntil(async () => (await late.api.get('/readyz')).status === 200)

    const [first, second] = await Promise.all([list(late, good.key), list(late, bad.key)])
    assert.deepEqual([first.status, second.status], [200, 401])
  })

  test('limited to networks are refused from elsewhere, and only then is it said', async () => {
    const here = await createKey(one, { scopes: ['read'], addresses: ['2001:db8::/32', '127.0.0.0/8'] })
    const elsewhere = await createKey(one, { scopes: ['read'], addresses: ['10.0.0.0/8', '2001:db8::1'] })

    assert.equal((await list(one, here.key)).status, 200)
    const refused = await list(one, elsewhere.key)
    assert.deepEqual([refused.status, refused.body.code], [403, 'address-not-allowed'])
    await revokeKey(one, elsewhere.id)
    assert.equal((await list(one, elsewhere.key)).status, 401)
  })

  test('show when they were last used, on every replica, and note it once an hour', async () => {
    const { id, key } = await createKey(one, { scopes: ['read'] })
    const token = await keysToken()
    const lastUsedAt = async (gateway: TestGateway) =>
      (await gateway.api.get(`/v1/api-keys/${id}`, { token })).body.lastUsedAt
    assert.equal(await lastUsedAt(one), null)

    await list(one, key)

    await pollUntil(async () => (await lastUsedAt(other)) !== null)
    const noted = await lastUsedAt(one)
    assert.ok(Math.abs(Date.now() - Date.parse(noted)) < 60_000)
    await list(one, key)
    await list(other, key)
    assert.equal(await lastUsedAt(one), noted)
  })

  test('that nobody knows are 404 to who manages them', async () => {
    const token = await keysToken()
    const answers = [
      await one.api.get('/v1/api-keys/ABCDEFGHIJKL', { token }),
      await one.api.call('/v1/api-keys/ABCDEFGHIJKL', { method: 'DELETE', token }),
      await one.api.post('/v1/api-keys/ABCDEFGHIJKL/rotate', {}, { token }),
    ]
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.code]),
      answers.map(() => [404, 'key-not-found']),
    )
  })

  test('are not taken, nor made, by a gateway without a pepper', async (t) => {
    const { key } = await createKey(one, { scopes: ['read'] })
    const without = await gatewayFor(t, { env: withoutApiKeys })

    const answers = [await list(without, key), await without.api.get('/v1/api-keys', { token: await keysToken() })]

    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.code]),
      answers.map(() => [503, 'keys-not-configured']),
    )
  })

  test('are judged by every pepper of the list, made by the first, and gone with theirs', async (t) => {
    const { key } = await createKey(one, { scopes: ['read'] })
    const [old, fresh] = [apiKeyPepper, 'another-pepper-of-the-tests-0123456789']
    const both = await gatewayFor(t, { env: { HEADGATE_SECRETS_API_KEY_PEPPER: `${fresh},${old}` } })
    const freshOnly = await gatewayFor(t, { env: { HEADGATE_SECRETS_API_KEY_PEPPER: fresh } })

    const made = await createKey(both, { scopes: ['read'] })

    assert.deepEqual([(await list(both, key)).status, (await list(both, made.key)).status], [200, 200])
    await pollUntil(() => takes(freshOnly, made.key))
    assert.deepEqual([(await list(freshOnly, key)).status, (await list(one, made.key)).status], [401, 401])
  })
})
