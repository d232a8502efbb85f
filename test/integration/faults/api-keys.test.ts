import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { newApiKeyText } from '../../../src/auth/api-keys/api-key-text.ts'
import { type CreatedKey, createKey, keysToken, revokeKey } from '../../support/api-keys.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { type OwnPart, startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { issueToken } from '../../support/tokens.ts'

const waitMs = 2_000
const slackMs = 1_500

/** One story in order: each test leaves Kafka as the next one needs it. */
suite('API keys while Kafka is away', () => {
  let kafka: OwnPart<{ bootstrap: string }>
  let env: Record<string, string>
  const gateways: TestGateway[] = []
  let key: CreatedKey
  let doomed: CreatedKey

  const start = async (awaitReady: boolean): Promise<TestGateway> => {
    const gateway = await startGateway({ env, awaitReady })
    gateways.push(gateway)
    return gateway
  }
  before(async () => {
    kafka = await startOwnKafka()
    env = { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap, HEADGATE_API_KEYS_WAIT_MS: String(waitMs) }
    const [first] = await Promise.all([start(true), start(true)])
    key = await createKey(first, { scopes: ['read'] })
    doomed = await createKey(first, { scopes: ['read'] })
    await pollUntil(async () => (await Promise.all(gateways.map((each) => judge(each, doomed.key)))).every(isTaken))
  })
  after(async () => {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  /** What becomes of a request that a key of these tests may not do: 403 once the key is accepted, whatever Kafka does. */
  const judge = async ({ api }: TestGateway, credential: string) => {
    const began = performance.now()
    const { status, body, headers } = await api.post('/v1/topics/any/events', {}, { token: credential })
    return { status, code: body.code, headers, ms: performance.now() - began }
  }
  const isTaken = ({ status }: { status: number }): boolean => status === 403

  test('that were read are judged as before', async () => {
    await kafka.part.kill()

    for (const gateway of gateways) {
      assert.equal((await judge(gateway, key.key)).status, 403)
      assert.equal((await judge(gateway, newApiKeyText(key.id).text)).status, 401)
    }
  })

  test('are not changed: each change is 503 in time', async () => {
    const token = await keysToken()
    const [{ api }] = gateways as [TestGateway]
    const changes: [string, string, object?][] = [
      ['POST', '/v1/api-keys', { description: 'x', scopes: ['read'] }],
      ['POST', `/v1/api-keys/${key.id}/rotate`, {}],
      ['DELETE', `/v1/api-keys/${key.id}`],
    ]
    for (const [method, path, body] of changes) {
      const began = performance.now()
      const answer = await api.call(path, { method, token, ...(body && { body }) })
      assert.deepEqual([answer.status, answer.body.code], [503, 'kafka-unavailable'], method)
      assert.ok(answer.headers.get('retry-after'))
      assert.ok(performance.now() - began < waitMs + slackMs)
    }
    assert.equal((await judge(gateways[0] as TestGateway, key.key)).status, 403)
  })

  test('are 503 to a replica that has read none, which takes tokens all the same', async () => {
    const late = await start(false)

    const { status, code, headers, ms } = await judge(late, key.key)

    assert.deepEqual([status, code], [503, 'kafka-unavailable'])
    assert.ok(headers.get('retry-after'))
    assert.ok(ms < waitMs + slackMs, `${ms} ms`)
    assert.equal((await judge(late, await issueToken(['read']))).status, 403)
  })

  test('are known to it, and revoked on all, when Kafka is back', async (t) => {
    await kafka.part.restart()
    const late = gateways.at(-1) as TestGateway
    await pollUntil(async () => isTaken(await judge(late, key.key)))
    await pollUntil(async () => (await late.api.get('/readyz')).status === 200)
    await pollUntil(async () => {
      const [{ api }] = gateways as [TestGateway]
      const { status } = await api.call(`/v1/api-keys/${doomed.id}`, { method: 'DELETE', token: await keysToken() })
      return status === 200
    })

    const began = performance.now()
    await pollUntil(async () => {
      const answers = await Promise.all(gateways.map((each) => judge(each, doomed.key)))
      return answers.every(({ status }) => status === 401)
    }, 5_000)

    t.diagnostic(`refused by all of ${gateways.length} after ${Math.round(performance.now() - began)} ms`)
  })

  test('are 503 in time while it is paused, and no worse afterwards', async () => {
    const [first] = gateways as [TestGateway]
    kafka.part.pause()
    const began = performance.now()
    const answer = await first.api.call(`/v1/api-keys/${key.id}`, { method: 'DELETE', token: await keysToken() })
    const ms = performance.now() - began
    kafka.part.resume()

    assert.equal(answer.status, 503, answer.text)
    assert.ok(ms < waitMs + slackMs, `${ms} ms`)
    await pollUntil(() =>
      revokeKey(first, key.id).then(
        () => true,
        () => false,
      ),
    )
    await pollUntil(async () => {
      const answers = await Promise.all(gateways.map((each) => judge(each, key.key)))
      return answers.every(({ status }) => status === 401)
    }, 5_000)
  })
})
