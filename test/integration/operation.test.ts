import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { problems } from '../../src/errors/problems.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema, numberTopic } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { StreamClient } from '../support/stream-client.ts'

suite('operation and discovery', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  const open = (path: string, headers: Record<string, string> = {}) => gateway.api.get(path, { token: null, headers })

  test('/readyz names each part, its state and since when', async () => {
    const { status, body } = await open('/readyz?strict=true')

    assert.equal(status, 200)
    assert.equal(body.status, 'ready')
    assert.deepEqual(Object.keys(body.parts), ['kafka', 'registry', 'issuer', 'contracts'])
    assert.equal(body.parts.kafka.state, 'up')
    assert.ok(Date.parse(body.parts.kafka.since) <= Date.now())
  })

  test('/readyz is ready but degraded while the registry is away, and 503 where that is asked strictly', async (t) => {
    const without = await startGateway({ env: { HEADGATE_REGISTRY_URL: 'http://127.0.0.1:1' } })
    t.after(() => without[Symbol.asyncDispose]())
    const topic = await createTopic(t)
    assert.equal((await without.api.post(`/v1/topics/${topic}/events`, { n: 1 })).status, 503)

    const report = await without.api.get('/readyz')
    const strict = await without.api.get('/readyz?strict=true')

    assert.equal(report.status, 200)
    assert.equal(report.body.status, 'degraded')
    assert.equal(report.body.parts.registry.state, 'down')
    assert.ok(report.body.parts.registry.cause.length > 0)
    assert.equal(strict.status, 503)
  })

  test('/metrics counts requests by operation and status, and events by outcome, without naming a topic', async (t) => {
    const topic = await createTopic(t, { name: uniqueName('counted') })
    await registerSchema(`${topic}-value`, numberSchema)
    const metric = async (line: string) => {
      const { text } = await open('/metrics')
      assert.ok(!text.includes(topic))
      return Number(
        text
          .split('\n')
          .find((each) => each.startsWith(line))
          ?.slice(line.length) ?? 0,
      )
    }
    const events = (outcome: string) => metric(`headgate_events_total{outcome="${outcome}"}`)
    const created = () => metric('headgate_requests_total{operation="publishEvent",status="201"}')
    const [published, refused, requests] = [await events('published'), await events('refused'), await created()]

    assert.equal((await gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 })).status, 201)
    assert.equal((await gateway.api.post(`/v1/topics/${topic}/events`, { m: 1 })).status, 422)

    await pollUntil(async () => (await created()) === requests + 1)
    assert.equal(await events('published'), published + 1)
    assert.equal(await events('refused'), refused + 1)
  })

  test('/metrics counts streams, the topics that they follow, and the one consumer that follows all of them', async (t) => {
    const topics = [await numberTopic(t), await numberTopic(t)]
    const gauges = async () => {
      const { text } = await open('/metrics')
      const names = ['streams_open', 'topics_followed', 'kafka_tails', 'kafka_catch_up_readers']
      return names.map((name) => Number(new RegExp(`^headgate_${name} (\\d+)$`, 'm').exec(text)?.[1]))
    }
    assert.deepEqual(await gauges(), [0, 0, 1, 0])

    const streams = await Promise.all(
      [topics[0], topics[0], topics.join(',')].map((names = '') =>
        StreamClient.open(t, gateway, { query: { topics: names } }),
      ),
    )

    await pollUntil(async () => isDeepStrictEqual(await gauges(), [3, 2, 1, 0]))
    await Promise.all(streams.map((stream) => stream.close()))
    await pollUntil(async () => (await gauges())[0] === 0)
  })

  test('/openapi.yaml is the document of the project', async () => {
    const { text, headers } = await open('/openapi.yaml')

    assert.match(headers.get('content-type') ?? '', /^application\/yaml/)
    assert.equal(text, readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'))
  })

  test('/docs loads everything from the gateway itself, and forbids itself anything else', async () => {
    const { text, headers } = await open('/docs')
    const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url)

    assert.ok(loaded.length >= 3)
    for (const url of loaded) {
      assert.match(url, /^\//)
      assert.equal((await open(url)).status, 200, url)
    }
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.equal((await open('/docs/assets/package.json')).status, 404)
  })

  test('/docs/errors has every problem, and each has its own page, which `type` leads to', async () => {
    const { text } = await open('/docs/errors')
    for (const [code, { title }] of Object.entries(problems)) {
      assert.ok(text.includes(`<code>${code}</code>`), code)
      const page = await open(`/docs/errors/${code}`)
      assert.equal(page.status, 200)
      assert.ok(page.text.includes(`${title}</title>`), code)
    }
    assert.equal((await open('/docs/errors/no-such-code')).body.code, 'error-page-not-found')
  })

  test('a connection on which nothing was ever sent does not hold up the stop', async (t) => {
    const stopping = await startGateway()
    const opened = connect(Number(new URL(stopping.url).port), '127.0.0.1')
    t.after(() => opened.destroy())
    const closed = once(opened, 'close')
    await once(opened, 'connect')
    await stopping.api.get('/livez')
    const began = performance.now()

    await stopping[Symbol.asyncDispose]()
    await closed

    assert.ok(performance.now() - began < 3_000)
  })

  test('X-Request-Id is taken where it is harmless, else given, and is in the problem', async () => {
    const given = await open('/nowhere', { 'x-request-id': 'abc-123' })
    const replaced = await open('/nowhere', { 'x-request-id': 'a b"<script>' })

    assert.equal(given.headers.get('x-request-id'), 'abc-123')
    assert.equal(given.body.requestId, 'abc-123')
    assert.match(replaced.body.requestId, /^[0-9a-f]{8}-[0-9a-z]+$/)
    assert.equal(replaced.headers.get('x-request-id'), replaced.body.requestId)
  })
})
