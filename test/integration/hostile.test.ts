import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { Api, operationSpecs } from '../support/api.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { assertHarmless, exchange } from '../support/hostile-exchange.ts'
import { type HostileSetting, hostileRequest } from '../support/hostile-requests.ts'
import { hostileBody, hostileTarget } from '../support/hostile-values.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { pathOf } from '../support/operations.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { storedNumbers } from '../support/stored-numbers.ts'
import { issueToken } from '../support/tokens.ts'

const seed = Number(process.env.HEADGATE_TEST_SEED) || Date.now()
const rawRequests = 24_000
const fetches = 4_000
const atOnce = 48

suite('hostile requests', () => {
  let gateway: GatewayProcess
  let api: Api
  let setting: HostileSetting
  before(async () => {
    gateway = new GatewayProcess({
      ...gatewayEnvironment(),
      HEADGATE_HTTP_HEADERS_TIMEOUT_MS: '700',
      HEADGATE_HTTP_BODY_TIMEOUT_MS: '700',
      HEADGATE_LIMITS_READ_WAIT_SECONDS: '1',
    })
    const token = await issueToken(['publish', 'read'])
    api = new Api(await gateway.listening(), token)
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    const topics = [await createTopic(untilTheRunEnds), await createTopic(untilTheRunEnds)] as const
    for (const topic of topics) await registerSchema(`${topic}-value`, numberSchema)
    setting = { operations: operationSpecs, topic: topics[0], untouchedTopic: topics[1], token }
  })
  after(() => gateway[Symbol.asyncDispose]())

  const metric = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec((await api.get('/metrics')).text)?.[1])
  const residentMiB = async () => Math.round((await metric('process_resident_memory_bytes')) / 2 ** 20)

  test('over sockets: each is a 4xx problem, or fine, or a closed socket; and memory does not grow', async (t) => {
    t.diagnostic(`HEADGATE_TEST_SEED=${seed}`)
    const random = new SeededRandom(seed)
    const told = new Map<string, number>()
    const send = async (): Promise<void> => {
      const request = hostileRequest(random, setting)
      const status = assertHarmless(request, await exchange(api.url, request))
      told.set(status, (told.get(status) ?? 0) + 1)
    }
    await inParallel(rawRequests / 2, send)
    const before = await residentMiB()

    await inParallel(rawRequests / 2, send)

    const grown = (await residentMiB()) - before
    t.diagnostic(`${describeCounts(told)}; grown by ${grown} MiB`)
    assert.ok(grown < 96, `${grown} MiB`)
    for (const status of ['200', '201', '400', '404', '405', '413', '415', '422', '431'])
      assert.ok(told.has(status), `none was ${status}`)
    await assertUnharmed(t)
  })

  test('by fetch: each answer is one that openapi.yaml documents', async (t) => {
    t.diagnostic(`HEADGATE_TEST_SEED=${seed}`)
    const random = new SeededRandom(seed + 1)
    const told = new Map<string, number>()

    await inParallel(fetches, async () => {
      const operation = random.pick(setting.operations)
      const method = operation.method.toUpperCase()
      // As fetch would make it of what is no URL: answers are looked up by their path.
      const target = hostileTarget(random, pathOf(operation).replace('orders', setting.topic)).replace(/^\/+/, '')
      const { pathname, search } = new URL(`${api.url}/${target}`)
      const path = pathname + search
      const body = method === 'POST' ? { body: hostileBody(random) } : {}
      const headers = method === 'POST' && random.once(10) ? { 'content-encoding': 'gzip' } : {}
      const { status, text } = await api.call(path, { method, headers, ...body })
      assert.ok(status < 500, `${method} ${path}: ${text}`)
      told.set(String(status), (told.get(String(status)) ?? 0) + 1)
    })

    t.diagnostic(describeCounts(told))
    await assertUnharmed(t)
  })

  /** Nothing was smuggled, nothing is left open, nothing was logged as a fault of the gateway's own, and it goes on. */
  async function assertUnharmed(t: TestContext): Promise<void> {
    const { topic, untouchedTopic } = setting
    assert.deepEqual(await storedNumbers(untouchedTopic), [])
    await pollUntil(async () => (await metric('headgate_events_in_flight')) === 0)
    await pollUntil(async () => (await metric('headgate_reads_waiting')) === 0)
    const files = await metric('process_open_fds')
    t.diagnostic(`${files} open files`)
    assert.ok(files < 200, `${files} open files`)
    const failures = (await api.get('/metrics')).text.match(/^headgate_requests_total.*status="5\d\d".*$/gm) ?? []
    // Before it was ready, it said so.
    assert.deepEqual(
      failures.filter((line) => !line.includes('getReadiness')),
      [],
    )
    assert.equal(gateway.stderr, '')
    assert.doesNotMatch(gateway.stdout, /"level":(50|60)/)
    assert.equal((await api.post(`/v1/topics/${topic}/events`, { n: 1 })).status, 201)
  }
})

async function inParallel(count: number, run: () => Promise<void>): Promise<void> {
  let left = count
  const work = async (): Promise<void> => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

const describeCounts = (told: ReadonlyMap<string, number>): string =>
  [...told]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')
