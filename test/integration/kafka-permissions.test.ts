import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { createKey } from '../support/api-keys.ts'
import { auditRecords, promptAudit } from '../support/audit.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { documentedPermissions, permit } from '../support/kafka-permissions.ts'
import { type OwnPart, startGuardedKafka } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema, readPage } from '../support/reading.ts'
import { governingApi, keeping, TestRefusals } from '../support/refusals.ts'
import { registerSchema } from '../support/schemas.ts'
import { storedMessages } from '../support/stored-values.ts'
import { StreamClient } from '../support/stream-client.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'

const user = 'gateway'
const password = 'password-of-this-test-0123456789'

suite('a gateway whose user in Kafka may do what docs/security.md lists, and nothing else', () => {
  let kafka: OwnPart<{ bootstrap: string; guarded: string }>
  let gateway: TestGateway
  let topic: string
  let closed: string
  before(async () => {
    kafka = await startGuardedKafka({ [user]: password })
    const { bootstrap } = kafka
    topic = await createTopic(untilTheRunEnds, { bootstrap, config: { 'max.message.bytes': '1000' } })
    closed = await createTopic(untilTheRunEnds, { bootstrap })
    for (const each of [topic, closed]) await registerSchema(`${each}-value`, numberSchema)
    for (const [on, operations] of documentedPermissions('Operations')) {
      const own = [...on.matchAll(/`(_headgate\.[a-z-]+)`/g)].map(([, name = '']) => name)
      const names = own.length > 0 ? own : [topic]
      await permit(
        bootstrap,
        user,
        names.map((name) => ({ type: 'TOPIC', name, operations })),
      )
    }
    gateway = await startGateway({
      contracts: [keeping(topic)],
      env: {
        ...promptAudit,
        HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.guarded,
        HEADGATE_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
        HEADGATE_KAFKA_SASL_MECHANISM: 'PLAIN',
        HEADGATE_KAFKA_SASL_USERNAME: user,
        HEADGATE_SECRETS_KAFKA_SASL_PASSWORD: password,
      },
    })
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  test('publishes, reads by cursor, and follows', async (t) => {
    const stream = await StreamClient.open(t, gateway, { query: { topics: topic } })
    const answer = await gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 })

    assert.equal(answer.status, 201, answer.text)
    assert.deepEqual(
      (await readPage(gateway.api, topic)).events.map(({ value }) => value),
      [{ n: 1 }],
    )
    await pollUntil(() => stream.events.length === 1)
  })

  test('makes its own topics: keys, tickets and the audit', async () => {
    const { id, key } = await createKey(gateway, { scopes: ['read'] })
    const ticket = await takeTicket(gateway, { topics: [topic] })

    assert.equal((await gateway.api.get('/v1/topics', { token: key })).status, 200)
    const path = `/v1/topics/${topic}/events?ticket=${ticket}`
    assert.equal((await gateway.api.post(path, { n: 2 }, { token: null })).status, 201)
    assert.equal((await gateway.api.post(path, { n: 2 }, { token: null })).status, 401)
    await pollUntil(async () => (await auditRecords(kafka.bootstrap)).some((each) => each.event === 'access-refused'))
    const records = await auditRecords(kafka.bootstrap)
    assert.ok(records.some((each) => each.event === 'api-key-created' && each.resource.name === id))
  })

  test('keeps refused events, and replays them, as soon as it may', async () => {
    const { bootstrap } = kafka
    const refusals = new TestRefusals(await governingApi(gateway.url), topic)
    const patch = [{ op: 'replace', path: '/value', value: { n: 3 } }]

    const denied = await refusals.publish({ n: 'x' })
    const keptIn = `_headgate.refusals.${topic}`
    await permit(bootstrap, user, [
      { type: 'TOPIC', name: keptIn, operations: ['CREATE', 'DESCRIBE', 'READ', 'WRITE'] },
    ])
    let kept: string | null = null
    await pollUntil(async () => {
      kept = (await refusals.publish({ n: 'x' })).body.kept
      return kept !== null
    })
    const early = await refusals.replay(kept ?? '', { patch })
    const id = `headgate.refusals.${topic}`
    await permit(bootstrap, user, [{ type: 'TRANSACTIONAL_ID', name: id, operations: ['DESCRIBE', 'WRITE'] }])
    await pollUntil(async () => (await refusals.replay(kept ?? '', { patch })).body.outcome === 'replayed')

    assert.deepEqual([denied.status, denied.body.kept], [422, null], denied.text)
    assert.match(denied.body.notKept, /CREATE, DESCRIBE, READ and WRITE/)
    assert.deepEqual([early.status, early.body.code], [503, 'state-unavailable'], early.text)
    assert.match(early.body.detail, /headgate\.refusals\./)
  })

  test('has no topic to show that it may not see, and writes nothing there', async () => {
    const { body } = await gateway.api.get('/v1/topics')
    const answer = await gateway.api.post(`/v1/topics/${closed}/events`, { n: 1 })

    assert.deepEqual(
      body.topics.map((each: { topic: string }) => each.topic),
      [topic],
    )
    assert.deepEqual([answer.status, answer.body.code], [404, 'topic-not-found'])
    assert.equal((await storedMessages([closed], kafka.bootstrap)).get(closed)?.length, 0)
  })

  test('names the size that a topic allows', async () => {
    const token = await issueToken(['publish', 'read'])
    const headers = { 'event-key': randomBytes(3_000).toString('base64') }

    const answer = await gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 }, { token, headers })

    assert.equal(answer.status, 413, answer.text)
    assert.match(answer.body.detail, /1000/)
  })
})
