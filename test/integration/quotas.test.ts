import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createKey, keysToken } from '../support/api-keys.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { startOwnKafka } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, readPage } from '../support/reading.ts'

const anHour = (limit: number) => `{ limit: ${limit}, seconds: 3600 }`
const config = `
quotas:
  classes:
    few-requests: { requests: ${anHour(3)} }
    few-events: { events: ${anHour(10)} }
    few-bytes: { bytes: ${anHour(300)} }
    quick: { requests: { limit: 2 } }
`
const event = (n: number) => ({ value: { n } })

const limitedTopic = uniqueName('limited')
const contracts = [`{ topic: ${limitedTopic}, quota: { events: ${anHour(3)} } }`]

suite('quotas', () => {
  // Replicas before the same Kafka would share them.
  let kafka: Awaited<ReturnType<typeof startOwnKafka>>
  let gateway: TestGateway
  before(async () => {
    kafka = await startOwnKafka()
    const env = {
      HEADGATE_CONFIG: config,
      HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
      HEADGATE_HTTP_CORS_ORIGINS: 'https://app.example',
    }
    gateway = await startGateway({ contracts, env })
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  const keyOf = async (quotaClass: string): Promise<string> =>
    (await createKey(gateway, { scopes: ['publish', 'read'], quotaClass })).key
  const publishBatch = (topic: string, count: number, token: string) => {
    const events = Array.from({ length: count }, (_, n) => event(n))
    return gateway.api.post(`/v1/topics/${topic}/events/batch`, { events }, { token })
  }

  test('of requests refuse the next one, with the policy, whose it is, and when to come again', async (t) => {
    const topic = await numberTopic(t, { bootstrap: kafka.bootstrap })
    const token = await keyOf('few-requests')
    const publish = () => gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 }, { token })

    const allowed = [await publish(), await publish(), await publish()]
    const refused = await publish()

    assert.deepEqual(
      allowed.map(({ status, headers }) => [status, headers.get('ratelimit-policy'), headers.get('ratelimit')]),
      [2, 1, 0].map((left) => [201, '"requests";q=3;w=3600', `"requests";r=${left};t=${(3 - left) * 1200}`]),
    )
    assert.deepEqual([refused.status, refused.body.code, refused.body.retryable], [429, 'quota-exceeded', true])
    assert.deepEqual(refused.body['violated-policies'], ['requests'])
    assert.deepEqual(refused.body.quota, { name: 'requests', of: 'key', limit: 3, seconds: 3600 })
    const retryAfter = Number(refused.headers.get('retry-after'))
    assert.ok(retryAfter > 1100 && retryAfter <= 1200, String(retryAfter))
    assert.match(refused.headers.get('ratelimit') ?? '', /^"requests";r=0;t=/)
  })

  test('of requests come before the rest of a request is looked at, and after permission', async (t) => {
    const topic = await numberTopic(t, { bootstrap: kafka.bootstrap })
    const token = await keyOf('few-requests')
    const nonsense = () =>
      gateway.api.post(`/v1/topics/${topic}/events?no-such=1`, '{"not json', {
        token,
        headers: { 'content-type': 'x/y' },
      })

    const before = [await nonsense(), await nonsense(), await nonsense()].map(({ status }) => status)

    assert.deepEqual(before, [400, 400, 400])
    assert.equal((await nonsense()).status, 429)
    assert.equal((await gateway.api.get('/v1/api-keys', { token })).status, 403)
  })

  test('let the caller go on after the time that they said', async (t) => {
    const topic = await numberTopic(t, { bootstrap: kafka.bootstrap })
    const token = await keyOf('quick')
    const publish = () => gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 }, { token })
    let refused = await publish()
    for (let count = 0; refused.status !== 429 && count < 200; count++) refused = await publish()
    assert.equal(refused.status, 429)

    const waitMs = Number(refused.headers.get('retry-after')) * 1000
    const askedAt = Date.now()
    await pollUntil(() => Date.now() - askedAt >= waitMs)

    assert.equal((await publish()).status, 201)
  })

  test('of events take a batch that is larger than the limit once, and count it', async (t) => {
    const topic = await numberTopic(t, { bootstrap: kafka.bootstrap })
    const token = await keyOf('few-events')
    const batch = (count: number) => publishBatch(topic, count, token)

    const large = await batch(25)
    const next = await batch(1)

    assert.equal(large.status, 201)
    assert.equal(large.headers.get('ratelimit'), '"events";r=0;t=9000')
    assert.deepEqual([next.status, next.body.quota.name], [429, 'events'])
    const retryAfter = Number(next.headers.get('retry-after'))
    assert.ok(retryAfter > 5700 && retryAfter <= 5760, String(retryAfter))
    const validated = await gateway.api.post(`/v1/topics/${topic}/events/validate`, { n: 1 }, { token })
    assert.equal(validated.status, 429)
    assert.equal((await readPage(gateway.api, topic)).events.length, 25)
  })

  test('refuse a whole batch that does not fit into what is left: nothing of it is written', async (t) => {
    const topic = await numberTopic(t, { bootstrap: kafka.bootstrap })
    const token = await keyOf('few-events')
    const batch = (count: number) => publishBatch(topic, count, token)

    const statuses = [(await batch(6)).status, (await batch(6)).status, (await batch(4)).status]

    assert.deepEqual(statuses, [201, 429, 201])
    assert.equal((await readPage(gateway.api, topic)).events.length, 10)
  })

  test('of bytes count what is read, too: a read that took more delays the next one', async (t) => {
    const topic = await numberTopic(t, { bootstrap: kafka.bootstrap })
    await publishNumbers(gateway.api, topic, 0, 20)
    const token = await keyOf('few-bytes')

    const first = await gateway.api.get(`/v1/topics/${topic}/events`, { token })
    const second = await gateway.api.get(`/v1/topics/${topic}/events`, { token })
    const one = await gateway.api.get(`/v1/topics/${topic}/partitions/0/events/0`, { token })
    const published = await gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 }, { token })

    assert.deepEqual([first.status, first.body.events.length], [200, 20])
    assert.match(first.headers.get('ratelimit') ?? '', /^"bytes";r=0;t=\d+$/)
    assert.deepEqual([second.status, one.status, published.status], [429, 429, 429])
    assert.deepEqual(second.body.quota, { name: 'bytes', of: 'key', limit: 300, seconds: 3600 })
  })

  test('of a topic hold for all of its callers together', async (t) => {
    const topic = await numberTopic(t, { name: limitedTopic, bootstrap: kafka.bootstrap })
    const [one, other] = [await keyOf('default'), await keyOf('default')]
    const publish = (token?: string) =>
      gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 }, token === undefined ? {} : { token })

    const answers = [await publish(one), await publish(other), await publish(), await publish(other)]

    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201, 429],
    )
    assert.deepEqual(answers[3]?.body.quota, { name: 'events', of: 'topic', limit: 3, seconds: 3600 })
    assert.equal(answers[0]?.headers.get('ratelimit'), null)
  })

  test('give no API key a class that is not there, and name those that are', async () => {
    const body = { description: 'x', scopes: ['read'], quotaClass: 'few-request' }

    const answer = await gateway.api.post('/v1/api-keys', body, { token: await keysToken() })

    assert.equal(answer.status, 400)
    assert.deepEqual(answer.body.faults, [
      {
        in: 'body',
        pointer: '/quotaClass',
        message: 'must be one of default, few-requests, few-events, few-bytes, quick (quotas.classes)',
      },
    ])
  })

  test('show nothing to callers without limits, show their headers to pages, and are counted where they refuse', async (t) => {
    const topic = await numberTopic(t, { bootstrap: kafka.bootstrap })
    const free = await gateway.api.post(
      `/v1/topics/${topic}/events`,
      { n: 1 },
      { headers: { origin: 'https://app.example' } },
    )

    assert.deepEqual([free.headers.get('ratelimit'), free.headers.get('ratelimit-policy')], [null, null])
    const exposed = free.headers.get('access-control-expose-headers')?.split(',') ?? []
    for (const name of ['RateLimit', 'RateLimit-Policy', 'Retry-After']) assert.ok(exposed.includes(name), name)
    const metrics = (await gateway.api.get('/metrics')).text
    assert.match(metrics, /^headgate_quota_refusals_total\{quota="requests",of="key"\} \d+$/m)
    assert.match(metrics, /^headgate_replicas_live \d+$/m)
  })
})
