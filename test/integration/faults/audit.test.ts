import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { AuditRecord } from '../../../src/observability/audit.ts'
import { createKey, keysToken } from '../../support/api-keys.ts'
import { auditRecords, auditTopic, promptAudit } from '../../support/audit.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'
import { type OwnPart, startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { issueToken } from '../../support/tokens.ts'
import { topicSettings } from '../../support/topic-settings.ts'

/** Far less than Kafka is away, and far more than a refusal takes on a busy machine. */
const slackMs = 4_000

/** One story in order: each test leaves Kafka as the next one needs it. */
suite('the audit while Kafka is away', () => {
  let kafka: OwnPart<{ bootstrap: string }>
  let gateway: TestGateway

  before(async () => {
    kafka = await startOwnKafka()
    gateway = await startGateway({
      env: {
        ...promptAudit,
        HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
        HEADGATE_AUDIT_RETENTION_DAYS: '7',
        HEADGATE_AUDIT_WAIT_MS: '500',
        HEADGATE_API_KEYS_WAIT_MS: '20000',
      },
    })
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  const refuse = async (topic: string) => {
    const began = performance.now()
    const { status } = await gateway.api.get(`/v1/topics/${topic}/events`, { token: null })
    assert.equal(status, 401)
    return performance.now() - began
  }
  const countOf = async (topic: string): Promise<number> => {
    const records = await auditRecords(kafka.bootstrap)
    return records
      .filter((each) => 'resource' in each && each.resource?.name === topic)
      .reduce((sum, each) => sum + ('count' in each ? each.count : 0), 0)
  }

  test('keeps its topic for as long as it is set to', async () => {
    await createKey(gateway, { scopes: ['read'] })

    assert.equal((await topicSettings(auditTopic, kafka.bootstrap)).get('retention.ms'), String(7 * 86_400_000))
  })

  test('holds up no refusal, and none is lost: all are there when Kafka is back', async () => {
    await kafka.part.kill()
    for (let n = 0; n < 50; n++) assert.ok((await refuse('dark')) < slackMs)
    const failing = await gateway.api.post(
      '/v1/api-keys',
      { description: 'x', scopes: ['read'] },
      { token: await keysToken() },
    )
    assert.equal(failing.status, 503)
    await kafka.part.restart()

    await pollUntil(async () => (await countOf('dark')) === 50)
    const isFailure = (each: AuditRecord) => each.event === 'api-key-created' && each.outcome === 'failed'
    await pollUntil(async () => (await auditRecords(kafka.bootstrap)).some(isFailure))
  })

  test('holds up no refusal and no reading of the API while Kafka is paused, and none is lost', async () => {
    kafka.part.pause()
    try {
      for (let n = 0; n < 20; n++) assert.ok((await refuse('paused')) < slackMs)
      assert.equal((await gateway.api.get('/livez')).status, 200)
    } finally {
      kafka.part.resume()
    }

    await pollUntil(async () => (await countOf('paused')) >= 20)
    assert.equal(await countOf('paused'), 20)
  })

  test('is written when the gateway stops', async () => {
    const env = { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap, HEADGATE_AUDIT_WINDOW_MS: '600000' }
    const stopping = await startGateway({ env })
    const token = await issueToken(['read:other'])
    assert.equal((await stopping.api.get('/v1/topics/last-words/events', { token })).status, 403)

    await stopping[Symbol.asyncDispose]()

    assert.equal(await countOf('last-words'), 1)
  })
})
