import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { openRawWriter, type RawWriter } from '../support/raw-records.ts'
import { numberTopic, publishNumbers, readPage } from '../support/reading.ts'
import { numbersIn, TestSubscription } from '../support/subscriptions.ts'

suite('dead letters of a subscription', () => {
  let gateway: TestGateway
  let raw: RawWriter
  const closers: (() => unknown)[] = []
  before(async () => {
    gateway = await startGateway()
    raw = await openRawWriter({ after: (close) => closers.push(close as () => unknown) })
  })
  after(async () => {
    for (const close of closers) await close()
    await gateway[Symbol.asyncDispose]()
  })

  test('are what was rejected, with the original bytes and headers, and why, by whom and when', async (t) => {
    const topic = await numberTopic(t)
    const dead = await createTopic(t)
    const sent = { value: { n: 7 }, key: 'k', headers: { source: 'shop' }, partition: 0 }
    assert.equal((await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events: [sent] })).status, 201)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], deadLetterTopic: dead })

    const events = await subscription.receiveAll(1)
    assert.deepEqual(await subscription.settle('reject', events, { reason: 'unknown customer' }), ['rejected'])

    // It is there when it is answered.
    const [letter] = (await readPage(gateway.api, dead)).events
    assert.deepEqual([letter?.value, letter?.key], [{ n: 7 }, 'k'])
    assert.deepEqual(letter?.schema?.id, events[0]?.event.schema?.id)
    const {
      'headgate-dead-letter-at': at,
      'headgate-dead-letter-timestamp': timestamp,
      'headgate-dead-letter-seal': seal,
      ...headers
    } = letter?.headers ?? {}
    assert.deepEqual(
      { ...headers },
      {
        source: 'shop',
        'headgate-dead-letter-why': 'rejected',
        'headgate-dead-letter-reason': 'unknown customer',
        'headgate-dead-letter-by': 'headgate-local',
        'headgate-dead-letter-subscription': subscription.name,
        'headgate-dead-letter-topic': topic,
        'headgate-dead-letter-partition': '0',
        'headgate-dead-letter-offset': '0',
        'headgate-dead-letter-deliveries': '1',
      },
    )
    assert.match(String(seal), /^[A-Za-z0-9_-]{40,}$/)
    assert.ok(Math.abs(Date.now() - Date.parse(String(at))) < 60_000)
    assert.equal(timestamp, events[0]?.event.timestamp)
    assert.deepEqual(await subscription.settle('reject', events), ['done'])
    assert.equal((await subscription.state()).lag.events, 0)
  })

  test('are what was given as often as allowed and never acknowledged, while other events go on', async (t) => {
    const topic = await numberTopic(t)
    const dead = await createTopic(t)
    await publishNumbers(gateway.api, topic, 0, 3)
    const settings = { topics: [topic], deadLetterTopic: dead, maxDeliveries: 2 }
    const subscription = await TestSubscription.create(gateway.api, settings)

    const [poison, ...others] = await subscription.receiveAll(3)
    assert.ok(poison)
    await subscription.settle('acknowledge', others)
    await subscription.settle('release', [poison])
    const again = await subscription.receiveAll(1)
    assert.deepEqual(await subscription.settle('release', again), ['rejected'])

    const { events } = await readPage(gateway.api, dead)
    assert.deepEqual(
      events.map(({ value, headers }) => [
        value,
        headers['headgate-dead-letter-why'],
        headers['headgate-dead-letter-deliveries'],
      ]),
      [[{ n: 0 }, 'deliveries', '2']],
    )
    await pollUntil(async () => (await subscription.state()).lag.events === 0)
  })

  test('are what cannot be decoded: it is given with an error, counts as a delivery, and blocks nothing', async (t) => {
    const topic = await numberTopic(t)
    const dead = await createTopic(t)
    const broken = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3])
    await publishNumbers(gateway.api, topic, 0, 1)
    await raw.write(topic, { value: broken })
    await publishNumbers(gateway.api, topic, 2, 1)
    const settings = {
      topics: [topic],
      deadLetterTopic: dead,
      maxDeliveries: 1,
      leaseSeconds: 5,
      filter: 'value.n >= 0',
    }
    const subscription = await TestSubscription.create(gateway.api, settings)

    const events = await subscription.receiveAll(3)
    const [first, second, third] = events
    assert.ok(first && second && third)
    await subscription.settle('acknowledge', [first, third])

    assert.deepEqual(numbersIn([first, third]), [0, 2])
    assert.deepEqual(
      [second.event.error?.code, second.deliveries, 'value' in second.event],
      ['schema-unknown', 1, false],
    )
    await pollUntil(async () => (await readPage(gateway.api, dead)).events.length === 1, 15_000)
    const [letter] = (await readPage(gateway.api, dead)).events
    assert.equal(letter?.error?.code, 'schema-unknown')
    await pollUntil(async () => (await subscription.state()).lag.events === 0)
  })

  test('need a topic for them: without one a rejection is refused, and events are given for ever', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 1)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], maxDeliveries: 1 })

    const events = await subscription.receiveAll(1)
    const tokens = events.map(({ token }) => token)
    const refused = await gateway.api.post(`${subscription.path}/reject`, { tokens })
    assert.deepEqual([refused.status, refused.body.code], [409, 'dead-letters-missing'])
    await subscription.settle('release', events)

    assert.deepEqual((await subscription.receiveAll(1))[0]?.deliveries, 2)
  })
})
