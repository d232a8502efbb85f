import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import type { Api } from '../support/api.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema, numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { numbersIn, TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'

interface Dead {
  topic: string
  dead: string
  subscription: TestSubscription
}

/** A subscription of which all events are rejected. */
async function rejected(t: TestContext, api: Api, count: number, partitions = 1): Promise<Dead> {
  const topic = await numberTopic(t)
  const dead = await createTopic(t, { partitions })
  await publishNumbers(api, topic, 0, count)
  const subscription = await TestSubscription.create(api, { topics: [topic], deadLetterTopic: dead })
  const events = await subscription.receiveAll(count)
  await subscription.settle('reject', events, { reason: 'unknown customer' })
  return { topic, dead, subscription }
}

const redrive = async (api: Api, { path }: TestSubscription, body: object = {}) => {
  const answer = await api.post(`${path}/redrive`, body)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)

const masked = uniqueName('masked')

suite('POST /v1/subscriptions/{name}/redrive', () => {
  let gateway: TestGateway
  let other: TestGateway
  before(async () => {
    gateway = await startGateway({
      contracts: [`{ topic: ${masked}, masking: { unless: pii, fields: { /n: mask } } }`],
    })
    other = await startGateway()
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  test('gives an event to its subscription again, as it was, and to nobody else', async (t) => {
    const topic = await numberTopic(t)
    const dead = await createTopic(t)
    const sent = { value: { n: 7 }, key: 'k', headers: { source: 'shop' }, timestamp: 1_700_000_000_000 }
    assert.equal((await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events: [sent] })).status, 201)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], deadLetterTopic: dead })
    const another = await TestSubscription.create(gateway.api, { topics: [topic], deadLetterTopic: dead })
    const [first] = await subscription.receiveAll(1)
    assert.ok(first)
    await another.settle('acknowledge', await another.receiveAll(1))
    await subscription.settle('reject', [first])

    assert.deepEqual(await redrive(gateway.api, subscription), { redriven: 1, more: false })
    const [again] = await subscription.receiveAll(1)
    assert.ok(again)

    const { 'headgate-redriven': at, ...headers } = again.event.headers
    assert.deepEqual({ ...again.event, headers }, { ...first.event })
    assert.ok(Math.abs(Date.now() - Date.parse(String(at))) < 60_000)
    assert.equal(again.deliveries, 1)
    assert.deepEqual(await subscription.settle('acknowledge', [again]), ['acknowledged'])
    await pollUntil(async () => (await subscription.state()).lag.events === 0)
    assert.deepEqual(await another.receive({ wait: 1 }), [])
    assert.equal((await readPage(gateway.api, topic)).events.length, 1)
    assert.equal((await readPage(gateway.api, dead)).events.length, 1)
  })

  test('shows of a masked topic what was shown before, and no more', async (t) => {
    await numberTopic(t, { name: masked })
    await publishNumbers(gateway.api, masked, 5, 1)
    const token = await issueToken(['subscribe', 'read', 'publish', `pii:${masked}`])
    const subscription = new TestSubscription(gateway.api, uniqueName('subscription'))
    const body = { topics: [masked], deadLetterTopic: await createTopic(t), from: 'earliest' }
    const created = await gateway.api.call(subscription.path, { method: 'PUT', body, token })
    assert.equal(created.status, 201, created.text)
    await subscription.settle('reject', await subscription.receiveAll(1))
    await redrive(gateway.api, subscription)

    const [again] = await subscription.receiveAll(1)
    assert.ok(again)
    await subscription.settle('release', [again])
    const open = await gateway.api.post(`${subscription.path}/receive?wait=5`, undefined, { token })

    assert.deepEqual([again.event.value, again.event.masked], [{ n: null }, ['/value/n']])
    assert.deepEqual(open.body.events[0].event.value, { n: 5 })
  })

  test('redrives each dead letter once, also when it is called again, and by two replicas at once', async (t) => {
    const { subscription } = await rejected(t, gateway.api, 40, 3)

    const answers = await Promise.all(
      [gateway, other, gateway, other].map(({ api }) => api.post(`${subscription.path}/redrive`, { max: 25 })),
    )
    // One that was overtaken has written nothing, and says so.
    assert.deepEqual(
      [...new Set(answers.map(({ status }) => status))].filter((status) => status !== 503),
      [200],
    )
    while ((await redrive(other.api, subscription, { max: 25 })).more);
    const events = await subscription.receiveAll(40)
    await subscription.settle('acknowledge', events)

    assert.deepEqual(sorted(numbersIn(events)), range(0, 40))
    assert.deepEqual(await redrive(gateway.api, subscription), { redriven: 0, more: false })
    assert.deepEqual(await subscription.receive({ wait: 1 }), [])
  })

  test('takes those that are named, and says of each what became of it', async (t) => {
    const { subscription } = await rejected(t, gateway.api, 3)
    const letters = [
      { partition: 0, offset: 1 },
      { partition: 0, offset: 9 },
      { partition: 5, offset: 0 },
      { partition: 0, offset: 1 },
    ]

    const answer = await redrive(gateway.api, subscription, { letters })
    const events = await subscription.receiveAll(1)

    assert.deepEqual(answer, {
      redriven: 1,
      more: false,
      results: [
        { result: 'redriven' },
        { result: 'not-found' },
        { result: 'not-found' },
        { result: 'already-redriven' },
      ],
    })
    assert.deepEqual(numbersIn(events), [1])
    assert.deepEqual(await redrive(other.api, subscription), { redriven: 2, more: false })
  })

  test('takes those that died for a reason or at a time, and no more than are asked for', async (t) => {
    const { subscription, topic } = await rejected(t, gateway.api, 3)
    await publishNumbers(gateway.api, topic, 3, 2)
    await subscription.settle('reject', await subscription.receiveAll(2), { reason: 'no stock' })
    const later = new Date(Date.now() + 60_000).toISOString()

    assert.equal((await redrive(gateway.api, subscription, { since: later })).redriven, 0)
    assert.equal((await redrive(gateway.api, subscription, { why: 'deliveries' })).redriven, 0)
    assert.equal((await redrive(gateway.api, subscription, { reason: 'no stock', until: later })).redriven, 2)
    assert.deepEqual(sorted(numbersIn(await subscription.receiveAll(2))), [3, 4])
    assert.deepEqual(await redrive(gateway.api, subscription, { max: 2, why: 'rejected' }), { redriven: 2, more: true })
    assert.deepEqual(await redrive(gateway.api, subscription, { max: 2 }), { redriven: 1, more: false })
    assert.deepEqual(sorted(numbersIn(await subscription.receiveAll(3))), [0, 1, 2])
  })

  test('takes nothing for a dead letter that the gateway has not written so, nor those of others', async (t) => {
    const { subscription, dead, topic } = await rejected(t, gateway.api, 1)
    const another = await TestSubscription.create(gateway.api, { topics: [topic], deadLetterTopic: dead })
    await another.settle('reject', await another.receiveAll(1))
    await registerSchema(`${dead}-value`, numberSchema)
    const [letter] = (await readPage(gateway.api, dead)).events
    const forged = { value: { n: 666 }, key: null, headers: letter?.headers }
    assert.equal((await gateway.api.post(`/v1/topics/${dead}/events/batch`, { events: [forged] })).status, 201)

    // The seal is in it as well: of another value.
    assert.ok(letter?.headers['headgate-dead-letter-seal'])
    assert.deepEqual(await redrive(gateway.api, subscription), { redriven: 1, more: false })
    assert.deepEqual(numbersIn(await subscription.receiveAll(1)), [0])
    assert.deepEqual(await subscription.receive({ wait: 1 }), [])
    assert.deepEqual(await redrive(gateway.api, another), { redriven: 1, more: false })
  })

  test('goes to the dead letters again where it is rejected again, and can be redriven again', async (t) => {
    const { subscription, dead, topic } = await rejected(t, gateway.api, 1)

    await redrive(gateway.api, subscription)
    assert.deepEqual(await subscription.settle('reject', await subscription.receiveAll(1)), ['rejected'])
    const { events } = await readPage(gateway.api, dead)

    assert.deepEqual(
      events.map(({ headers }) => [headers['headgate-dead-letter-topic'], headers['headgate-dead-letter-offset']]),
      [
        [topic, '0'],
        [topic, '0'],
      ],
    )
    assert.equal((await redrive(gateway.api, subscription)).redriven, 1)
    assert.deepEqual(numbersIn(await subscription.receiveAll(1)), [0])
  })

  test('gives nothing to a later subscription of the same name', async (t) => {
    const { subscription, topic, dead } = await rejected(t, gateway.api, 1)
    await redrive(gateway.api, subscription)
    assert.equal((await gateway.api.call(subscription.path, { method: 'DELETE' })).status, 204)
    const body = { topics: [topic], from: 'latest', deadLetterTopic: dead }
    assert.equal((await gateway.api.call(subscription.path, { method: 'PUT', body })).status, 201)

    assert.deepEqual(await subscription.receive({ wait: 2 }), [])
  })

  test('needs dead letters, and a subscription', async (t) => {
    const topic = await numberTopic(t)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })

    const without = await gateway.api.post(`${subscription.path}/redrive`, {})
    const absent = await gateway.api.post(`/v1/subscriptions/${uniqueName('absent')}/redrive`, {})
    const mixed = await gateway.api.post(`${subscription.path}/redrive`, {
      letters: [{ partition: 0, offset: 0 }],
      max: 1,
    })

    assert.deepEqual([without.status, without.body.code], [409, 'dead-letters-missing'])
    assert.deepEqual([absent.status, absent.body.code], [404, 'subscription-not-found'])
    assert.deepEqual([mixed.status, mixed.body.code], [400, 'invalid-body'])
  })
})
