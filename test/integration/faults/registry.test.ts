import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startGateway, type TestGateway, uniqueName } from '../../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../../support/kafka.ts'
import { type OwnPart, startOwnRegistry } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { numberSchema } from '../../support/reading.ts'
import { registerSchema } from '../../support/schemas.ts'
import { type Told, Traffic } from '../../support/traffic.ts'

const ttlMs = 500
const timeoutMs = 1_000

/** One story in order: each test leaves the registry as the next one needs it. */
suite('a registry that is away at the start, dies and hangs', () => {
  const [known, added] = [uniqueName('known'), uniqueName('added')]
  let registry: OwnPart<{ url: string }>
  let gateway: TestGateway

  before(async () => {
    registry = await startOwnRegistry()
    for (const topic of [known, added]) {
      await createTopic(untilTheRunEnds, { name: topic })
      await registerSchema(`${topic}-value`, numberSchema, registry.url)
    }
    await registry.part.kill()
    const env = {
      HEADGATE_REGISTRY_URL: registry.url,
      HEADGATE_REGISTRY_TIMEOUT_MS: String(timeoutMs),
      HEADGATE_REGISTRY_LATEST_TTL_MS: String(ttlMs),
    }
    gateway = await startGateway({ env })
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await registry[Symbol.asyncDispose]()
  })

  const publish = (topic: string) => gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 })
  const stateOfRegistry = async () => (await gateway.api.get('/readyz')).body.parts.registry.state

  async function assertTurnedAway(topic: string, limitMs: number): Promise<void> {
    const started = performance.now()
    const answer = await publish(topic)
    const ms = performance.now() - started
    assert.equal(answer.status, 503)
    assert.equal(answer.body.code, 'registry-unavailable')
    assert.equal(answer.headers.get('retry-after'), '1')
    assert.ok(ms < limitMs, `${ms} ms`)
  }

  /** Traffic while `meanwhile` runs, and for six times the time to live. */
  async function trafficDuring(t: TestContext, meanwhile: () => Promise<void>): Promise<readonly Told[]> {
    const traffic = new Traffic(gateway.api, known, { clients: 4 })
    await pollUntil(() => traffic.count(201) > 50)
    await meanwhile()
    await delay(6 * ttlMs)
    const told = await traffic.stop()
    const longest = Math.round(Math.max(...told.map(({ ms }) => ms)))
    t.diagnostic(`${told.length} answers, the longest took ${longest} ms`)
    return told
  }

  test('away at the start: the gateway is ready, and new topics get 503 at once', async () => {
    assert.equal((await gateway.api.get('/readyz')).status, 200)
    await assertTurnedAway(known, 500)
    assert.equal(await stateOfRegistry(), 'down')
  })

  test('back: the gateway recovers by itself', async () => {
    await registry.part.restart()

    await pollUntil(async () => {
      const a = await publish(known)
      return a.status === 201
    })
    assert.equal(await stateOfRegistry(), 'up')
  })

  test('killed while requests come: topics that are in use go on for as long as it takes', async (t) => {
    const told = await trafficDuring(t, async () => {
      await registry.part.kill()
      await pollUntil(async () => (await stateOfRegistry()) === 'down')
      await assertTurnedAway(added, 500)
    })
    const read = await gateway.api.get(`/v1/topics/${known}/events`)
    await registry.part.restart()

    assert.deepEqual(
      told.filter(({ status, ms }) => status !== 201 || ms > 1_000),
      [],
    )
    assert.equal(read.status, 200)
    await pollUntil(async () => (await publish(added)).status === 201)
    assert.equal(await stateOfRegistry(), 'up')
  })

  test('paused while requests come: topics that are in use go on, new ones are turned away in time', async (t) => {
    const fresh = await createTopic(t)
    await registerSchema(`${fresh}-value`, numberSchema, registry.url)

    const told = await trafficDuring(t, async () => {
      registry.part.pause()
      await assertTurnedAway(fresh, timeoutMs + 500)
      await assertTurnedAway(fresh, 300)
    })
    registry.part.resume()

    assert.deepEqual(
      told.filter(({ status, ms }) => status !== 201 || ms > 1_500),
      [],
    )
    await pollUntil(async () => (await publish(fresh)).status === 201)
  })

  test('back again: a version that was registered meanwhile is used', async () => {
    const fields = [...numberSchema.fields, { name: 'note', type: 'string', default: '' }]

    await registerSchema(`${known}-value`, { ...numberSchema, fields }, registry.url)

    await pollUntil(async () => (await publish(known)).body.schema.version === 2, 5 * ttlMs)
  })
})
