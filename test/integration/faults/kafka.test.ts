import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ensureTopic } from '../../../local/kafka.ts'
import { startGateway, type TestGateway, uniqueName } from '../../support/gateway.ts'
import { type OwnPart, startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { numberSchema } from '../../support/reading.ts'
import { registerSchema } from '../../support/schemas.ts'
import { storedNumbers } from '../../support/stored-numbers.ts'
import { type Told, Traffic } from '../../support/traffic.ts'

const waitMs = 2_000
const slackMs = 1_000
const lowered = { headers: { prefer: `wait=${waitMs / 1_000}` } }

/** One story in order: each test leaves Kafka as the next one needs it. */
suite('Kafka that comes late, dies and hangs', () => {
  const topic = uniqueName('faults')
  let kafka: OwnPart<{ bootstrap: string }>
  let gateway: TestGateway

  before(async () => {
    kafka = await startOwnKafka()
    await ensureTopic(kafka.bootstrap, { topic, partitions: 1 })
    await kafka.part.kill()
    await registerSchema(`${topic}-value`, numberSchema)
    const env = { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap }
    gateway = await startGateway({ env, awaitReady: false })
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  const publish = (n: number, request = {}) => gateway.api.post(`/v1/topics/${topic}/events`, { n }, request)
  const publishes = async () => (await publish(-1)).status === 201
  const inFlight = async () =>
    Number(/^headgate_events_in_flight (\d+)$/m.exec((await gateway.api.get('/metrics')).text)?.[1])

  test('absent at the start: 503 at once for publishing, and /readyz says that it starts', async () => {
    const ready = await gateway.api.get('/readyz')
    const [one, batch, validation] = await Promise.all([
      timed(() => publish(1)),
      timed(() => gateway.api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: { n: 1 } }] })),
      timed(() => gateway.api.post(`/v1/topics/${topic}/events/validate`, { n: 1 })),
    ])

    assert.equal(ready.status, 503)
    assert.equal(ready.body.status, 'starting')
    for (const { answer, ms } of [one, batch, validation]) {
      assert.equal(answer.status, 503)
      assert.equal(answer.body.code, 'kafka-unavailable')
      assert.equal(answer.headers.get('retry-after'), '1')
      assert.ok(ms < 500, `${ms} ms`)
    }
  })

  test('absent: reading is 503 in bounded time', async () => {
    await assertReadsAreRefused(gateway, topic)
  })

  test('come at last: the gateway gets ready, and publishes', async () => {
    await kafka.part.restart()

    await pollUntil(async () => (await gateway.api.get('/readyz')).status === 200)
    await pollUntil(publishes)
    assert.equal((await gateway.api.get('/readyz')).body.status, 'ready')
  })

  test('killed and back while requests come: every answer is true, and in time', async (t) => {
    const traffic = new Traffic(gateway.api, topic, { first: 1_000, ...lowered })
    await pollUntil(() => traffic.count(201) > 200)

    await kafka.part.kill()
    await pollUntil(() => traffic.count(503) > 20)
    const degraded = (await gateway.api.get('/readyz')).body
    await kafka.part.restart()
    await goesOn(traffic)
    const told = await traffic.stop()

    t.diagnostic(summary(told))
    assert.equal(degraded.status, 'degraded')
    assert.equal(degraded.parts.kafka.state, 'down')
    await assertTrue(told, 1_000)
  })

  test('paused: 504 for what is in flight, 503 at once when it has stalled, and nothing acknowledged is lost', async (t) => {
    const traffic = new Traffic(gateway.api, topic, { first: 1_000_000, ...lowered })
    await pollUntil(() => traffic.count(201) > 100)

    kafka.part.pause()
    await pollUntil(() => traffic.count(503) > 50)
    const stalled = await timed(() => publish(2))
    const read = assertReadsAreRefused(gateway, topic)
    await read
    kafka.part.resume()
    await goesOn(traffic)
    const told = await traffic.stop()

    t.diagnostic(summary(told))
    const unknown = told.filter(({ status }) => status === 504)
    assert.ok(unknown.length > 0)
    for (const { code, ms } of unknown)
      assert.ok(code === 'outcome-unknown' && ms >= waitMs - 50, `${code} after ${ms} ms`)
    assert.equal(stalled.answer.status, 503)
    assert.equal(stalled.answer.body.code, 'kafka-unavailable')
    assert.ok(stalled.ms < 500, `${stalled.ms} ms`)
    await assertTrue(told, 1_000_000)
  })

  /** A hundred more are published; where they are not, says what happened in their place. */
  async function goesOn(traffic: Traffic): Promise<void> {
    const before = traffic.count(201)
    await pollUntil(() => traffic.count(201) > before + 100, 30_000).catch(async (cause) => {
      const { parts } = (await gateway.api.get('/readyz')).body
      const last = `the last 100: ${summary(traffic.told.slice(-100))}`
      throw new Error(`${traffic.count(201) - before} more; ${last}; ${JSON.stringify(parts.kafka)}`, { cause })
    })
  }

  /** What was told is what is stored: 201 exactly once, 503 not at all, 504 once at most. */
  async function assertTrue(told: readonly Told[], first: number): Promise<void> {
    const untimely = told.filter(({ ms }) => ms > waitMs + slackMs)
    const strange = told.filter(({ status }) => ![201, 503, 504].includes(status))
    assert.deepEqual({ untimely, strange }, { untimely: [], strange: [] })

    await pollUntil(async () => (await inFlight()) === 0, 30_000)
    const stored = await storedNumbers(topic, { bootstrap: kafka.bootstrap })
    const times = new Map<number, number>()
    for (const n of stored) if (n >= first) times.set(n, (times.get(n) ?? 0) + 1)
    const most: Record<number, readonly number[]> = { 201: [1], 503: [0], 504: [0, 1] }
    const untrue = told.filter(({ n, status }) => !most[status]?.includes(times.get(n) ?? 0))
    assert.deepEqual(untrue, [])
  }
})

async function assertReadsAreRefused({ api }: TestGateway, topic: string): Promise<void> {
  const paths = [
    `/v1/topics/${topic}/events`,
    `/v1/topics/${topic}/partitions/0/events/0`,
    `/v1/topics/${topic}`,
    '/v1/topics',
  ]
  const reads = await Promise.all(paths.map((path) => timed(() => api.get(path))))
  for (const { answer, ms } of reads) {
    assert.equal(answer.status, 503, answer.text)
    assert.equal(answer.body.code, 'kafka-unavailable')
    assert.ok(ms < 6_500, `${ms} ms`)
  }
}

async function timed<T>(action: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  const started = performance.now()
  return { answer: await action(), ms: performance.now() - started }
}

function summary(told: readonly Told[]): string {
  const longest = Math.round(Math.max(...told.map(({ ms }) => ms)))
  const counts = [201, 503, 504].map((status) => `${told.filter((one) => one.status === status).length} × ${status}`)
  return `${counts.join(', ')}; the longest took ${longest} ms`
}
