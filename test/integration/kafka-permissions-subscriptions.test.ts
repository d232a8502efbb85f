import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { documentedPermissions, type Permitted, permit } from '../support/kafka-permissions.ts'
import { type OwnPart, startGuardedKafka } from '../support/parts.ts'
import { numberSchema, publishNumbers } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { numbersIn, TestSubscription } from '../support/subscriptions.ts'

const user = 'gateway'
const password = 'password-of-this-test-0123456789'

/** What a row of the table is about, where the topics are these. */
function permittedBy([on, operations]: [on: string, operations: string[]], topic: string, dead: string): Permitted {
  const [, named] = /`([^`]+)`/.exec(on) ?? []
  if (on.startsWith('consumer groups')) return { type: 'GROUP', name: named as string, operations }
  if (on.startsWith('transactional ids')) return { type: 'TRANSACTIONAL_ID', name: named as string, operations }
  return { type: 'TOPIC', name: named ?? (on.startsWith('dead-letter') ? dead : topic), operations }
}

suite('subscriptions of a gateway whose user in Kafka may do what docs/security.md lists, and nothing else', () => {
  let kafka: OwnPart<{ bootstrap: string; guarded: string }>
  let gateway: TestGateway
  let topic: string
  let dead: string
  before(async () => {
    kafka = await startGuardedKafka({ [user]: password })
    const { bootstrap } = kafka
    topic = await createTopic(untilTheRunEnds, { bootstrap })
    dead = await createTopic(untilTheRunEnds, { bootstrap })
    await registerSchema(`${topic}-value`, numberSchema)
    const rows = documentedPermissions('Operations for subscriptions')
    assert.equal(rows.length, 7)
    // Of what every gateway needs.
    const contracts = documentedPermissions('Operations').find(([on]) => on.includes('`_headgate.contracts`'))
    assert.ok(contracts)
    await permit(bootstrap, user, [
      ...rows.map((row) => permittedBy(row, topic, dead)),
      { type: 'TOPIC', name: '_headgate.contracts', operations: contracts[1] },
      { type: 'TOPIC', name: topic, operations: ['WRITE'] },
    ])
    gateway = await startGateway({
      env: {
        HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.guarded,
        HEADGATE_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
        HEADGATE_KAFKA_SASL_MECHANISM: 'PLAIN',
        HEADGATE_KAFKA_SASL_USERNAME: user,
        HEADGATE_SECRETS_KAFKA_SASL_PASSWORD: password,
        HEADGATE_SECRETS_API_KEY_PEPPER: '',
      },
    })
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  test('are created, received, acknowledged, rejected, redriven, moved, looked at and deleted', async () => {
    await publishNumbers(gateway.api, topic, 0, 3)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], deadLetterTopic: dead })

    const [first, ...others] = await subscription.receiveAll(3)
    assert.ok(first)
    assert.deepEqual(await subscription.settle('reject', [first]), ['rejected'])
    assert.deepEqual(await subscription.settle('acknowledge', others), ['acknowledged', 'acknowledged'])
    const redriven = await gateway.api.post(`${subscription.path}/redrive`, {})
    assert.deepEqual([redriven.status, redriven.body.redriven], [200, 1], redriven.text)
    assert.deepEqual(numbersIn(await subscription.receiveAll(1)), [0])
    assert.equal((await gateway.api.post(`${subscription.path}/seek`, { to: 'earliest' })).status, 204)
    assert.equal((await subscription.state()).owners.length, 1)
    assert.equal((await gateway.api.call(subscription.path, { method: 'DELETE' })).status, 204)
  })
})
