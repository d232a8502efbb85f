import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { deleteRecords } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { numbersIn, TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'

suite('a subscription', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('gives each event once, with its delivery and the end of its lease, and no more when all are acknowledged', async (t) => {
    const topic = await numberTopic(t, { partitions: 2 })
    await publishNumbers(gateway.api, topic, 0, 20)
    await publishNumbers(gateway.api, topic, 20, 20, { partition: 1 })
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })

    const before = Date.now()
    const events = await subscription.receiveAll(40)
    const results = await subscription.settle('acknowledge', events)

    assert.deepEqual(
      numbersIn(events).sort((a, b) => a - b),
      range(0, 40),
    )
    for (const { deliveries, leaseEndsAt } of events) {
      assert.equal(deliveries, 1)
      assert.ok(Date.parse(leaseEndsAt) >= before + 30_000)
    }
    assert.deepEqual(new Set(results), new Set(['acknowledged']))
    assert.deepEqual(await subscription.receive(), [])
    const { lag, inFlight, oldestUnacknowledged, owners } = await subscription.state()
    assert.deepEqual([lag, inFlight, oldestUnacknowledged], [{ events: 0, seconds: null }, 0, null])
    assert.equal(owners.flatMap(({ partitions }) => partitions).length, 2)
  })

  test('gives an event that comes while somebody waits for it, at once', async (t) => {
    const topic = await numberTopic(t)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], from: 'latest' })
    await subscription.receive()

    const waiting = subscription.receive({ wait: 20 })
    const publishedAt = performance.now()
    await publishNumbers(gateway.api, topic, 7, 1)
    const events = await waiting

    t.diagnostic(`${(performance.now() - publishedAt).toFixed(0)} ms after it was published`)
    assert.deepEqual(numbersIn(events), [7])
    assert.ok(performance.now() - publishedAt < 5_000)
  })

  test('gives the same events again, with the same tokens, under the same Idempotency-Key', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 10)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })

    const lost = await subscription.receive({ max: 4, wait: 5 }, 'one')
    const again = await subscription.receive({ max: 4 }, 'one')
    const others = await subscription.receive({ max: 10 }, 'two')

    assert.deepEqual(again, lost)
    assert.deepEqual(numbersIn(lost), [0, 1, 2, 3])
    assert.deepEqual(numbersIn(others), [4, 5, 6, 7, 8, 9])
    await subscription.settle('acknowledge', lost.slice(0, 3))
    assert.deepEqual(numbersIn(await subscription.receive({}, 'one')), [3])
  })

  test('gives what a receiver who has gone was to be given to the next one, without counting it', async (t) => {
    const topic = await numberTopic(t)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })
    await subscription.receive()
    const left = new AbortController()
    const token = await issueToken(['subscribe', 'read'])
    const gone = fetch(`${gateway.url}${subscription.path}/receive?wait=30`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: left.signal,
    })
    const second = subscription.receive({ wait: 30 })
    left.abort()
    await assert.rejects(gone)

    await publishNumbers(gateway.api, topic, 1, 1)
    const events = await second

    assert.deepEqual([numbersIn(events), events[0]?.deliveries], [[1], 1])
  })

  test('goes on after events that retention took away before anybody received them', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 5)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })
    await deleteRecords(topic, 0, 3)

    assert.deepEqual(numbersIn(await subscription.receiveAll(2)), [3, 4])
  })

  test('stops leasing where as many are leased as may be, and says so', async (t) => {
    const own = await gatewayFor(t, { env: { HEADGATE_SUBSCRIPTIONS_LEASED_EVENTS: '3' } })
    const topic = await numberTopic(t)
    await publishNumbers(own.api, topic, 0, 5)
    const subscription = await TestSubscription.create(own.api, { topics: [topic] })

    const events = await subscription.receiveAll(3)
    const { body } = await own.api.post(`${subscription.path}/receive`, undefined)
    await subscription.settle('acknowledge', events)

    assert.deepEqual(body, { events: [], stopped: 'leases' })
    assert.deepEqual(numbersIn(await subscription.receiveAll(2)), [3, 4])
  })

  test('holds no more than its bounds, and gives all of it', async (t) => {
    const env = { HEADGATE_SUBSCRIPTIONS_HELD_EVENTS: '10', HEADGATE_SUBSCRIPTIONS_HELD_BYTES: '200' }
    const own = await gatewayFor(t, { env })
    const topic = await numberTopic(t)
    await publishNumbers(own.api, topic, 0, 500)
    const subscription = await TestSubscription.create(own.api, { topics: [topic] })
    const numbers: number[] = []
    await pollUntil(async () => {
      const events = await subscription.receive({ wait: 2, max: 50 })
      numbers.push(...numbersIn(events))
      if (events.length > 0) await subscription.settle('acknowledge', events)
      return numbers.length >= 500
    }, 30_000)

    assert.deepEqual(numbers, range(0, 500))
  })

  test('gives what is not acknowledged again when the lease is over, and its old token is good no more', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 3)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], leaseSeconds: 5 })

    const [first, second, third] = await subscription.receiveAll(3)
    assert.ok(first && second && third)
    assert.deepEqual(await subscription.settle('acknowledge', [second]), ['acknowledged'])
    assert.deepEqual(await subscription.settle('renew', [third], { leaseSeconds: 60 }), ['renewed'])
    const again = await subscription.receiveAll(1, { wait: 10 })

    assert.deepEqual([numbersIn(again), again[0]?.deliveries], [[0], 2])
    assert.deepEqual(await subscription.settle('acknowledge', [first, second, third, { token: 'AAAA' }]), [
      'lost',
      'done',
      'acknowledged',
      'invalid',
    ])
    assert.deepEqual(await subscription.settle('acknowledge', again), ['acknowledged'])
  })

  test('gives a released event again at once, or after its delay', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 2)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })

    const [now, later] = await subscription.receiveAll(2)
    assert.ok(now && later)
    await subscription.settle('release', [later], { delaySeconds: 2 })
    const releasedAt = performance.now()
    assert.deepEqual(await subscription.settle('release', [now]), ['released'])
    const atOnce = await subscription.receive()
    const delayed = await subscription.receiveAll(1, { wait: 10 })

    assert.deepEqual([numbersIn(atOnce), atOnce[0]?.deliveries], [[0], 2])
    assert.deepEqual([numbersIn(delayed), delayed[0]?.deliveries], [[1], 2])
    assert.ok(performance.now() - releasedAt > 1_500)
  })

  test('keeps what was acknowledged out of order, and the deliveries, when the gateway starts anew', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 10)
    const one = await gatewayFor(t)
    const subscription = await TestSubscription.create(one.api, { topics: [topic] })
    const events = await subscription.receiveAll(10)
    const odd = events.filter((_event, index) => index % 2 === 1)
    assert.deepEqual(new Set(await subscription.settle('acknowledge', odd)), new Set(['acknowledged']))
    await one[Symbol.asyncDispose]()

    const two = await gatewayFor(t)
    const after = subscription.by(two.api)
    // A token of the replica that is gone is good for as long as nobody has the event again.
    const [first] = events
    assert.ok(first)
    assert.deepEqual(await after.settle('acknowledge', [first]), ['acknowledged'])
    const again = await after.receiveAll(4)

    assert.deepEqual(numbersIn(again), [2, 4, 6, 8])
    assert.deepEqual(new Set(again.map(({ deliveries }) => deliveries)), new Set([2]))
  })

  test('orders by key on request: of each key one event at a time', async (t) => {
    const topic = await numberTopic(t)
    const events = range(0, 6).map((n) => ({ value: { n }, key: n % 2 === 0 ? 'even' : 'odd', partition: 0 }))
    assert.equal((await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events })).status, 201)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], orderedByKey: true })

    const first = await subscription.receiveAll(2)
    assert.deepEqual(await subscription.receive(), [])
    await subscription.settle('acknowledge', first.slice(1))
    const second = await subscription.receive()

    assert.deepEqual(numbersIn(first), [0, 1])
    assert.deepEqual(numbersIn(second), [3])
  })

  test('gives what its filter lets through, and the rest is done', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 10)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic], filter: 'value.n >= 6' })

    const events = await subscription.receiveAll(4)
    await subscription.settle('acknowledge', events)

    assert.deepEqual(numbersIn(events), [6, 7, 8, 9])
    await pollUntil(async () => (await subscription.state()).lag.events === 0)
  })

  test('is moved by a seek: everything from there on is given, and no older token is good', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 5)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })
    const events = await subscription.receiveAll(5)
    await subscription.settle('acknowledge', events.slice(0, 3))

    const { body } = await gateway.api.get(`/v1/topics/${topic}/events?limit=2`)
    const back = await gateway.api.post(`${subscription.path}/seek`, { cursor: body.cursor })
    const again = await subscription.receiveAll(3)
    const tokensBefore = await subscription.settle('acknowledge', events)
    const forward = await gateway.api.post(`${subscription.path}/seek`, { to: 'latest' })

    assert.deepEqual([back.status, forward.status], [204, 204], back.text + forward.text)
    assert.deepEqual(
      [numbersIn(again), again.map(({ deliveries }) => deliveries)],
      [
        [2, 3, 4],
        [1, 1, 1],
      ],
    )
    assert.deepEqual(new Set(tokensBefore), new Set(['lost']))
    assert.deepEqual(await subscription.receive({ wait: 1 }), [])
    assert.equal((await subscription.state()).lag.events, 0)
  })

  test('is left by a replica that nobody receives from, and goes on with the next receiver', async (t) => {
    const own = await gatewayFor(t, { env: { HEADGATE_SUBSCRIPTIONS_IDLE_MS: '1000' } })
    const topic = await numberTopic(t)
    await publishNumbers(own.api, topic, 0, 2)
    const subscription = await TestSubscription.create(own.api, { topics: [topic] })
    await subscription.settle('acknowledge', await subscription.receiveAll(1, { max: 1 }))

    await pollUntil(async () => (await subscription.state()).owners.length === 0)

    assert.deepEqual(numbersIn(await subscription.receiveAll(1)), [1])
  })
})
