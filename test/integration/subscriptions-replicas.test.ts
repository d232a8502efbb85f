import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { GroupAdmin } from '../../src/kafka/group-admin.ts'
import { progressFrom } from '../../src/subscriptions/ledger/metadata.ts'
import { groupOf } from '../../src/subscriptions/subscription.ts'
import { Api } from '../support/api.ts'
import { gatewayEnvironment, gatewayFor } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { numbersIn, type ReceivedEvent, TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'
import { openGroups } from './kafka/test-member.ts'

const partitions = 6
const perPartition = 20

async function filledTopic(t: TestContext, api: Api): Promise<string> {
  const topic = await numberTopic(t, { partitions })
  for (const partition of range(0, partitions)) {
    await publishNumbers(api, topic, partition * perPartition, perPartition, { partition })
  }
  return topic
}

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)

const ownersOf = async (subscription: TestSubscription): Promise<number[]> =>
  (await subscription.state()).owners.map((owner) => owner.partitions.length).filter((count) => count > 0)

/** Both have been asked, and have half of the partitions each. */
async function shared(one: TestSubscription, two: TestSubscription): Promise<void> {
  await pollUntil(async () => {
    const { length } = [...(await one.receive({ max: 1 })), ...(await two.receive({ max: 1 }))]
    assert.equal(length, 0)
    return (await ownersOf(one)).join() === '3,3'
  }, 30_000)
}

/** The numbers of those that were given and are not done, as Kafka has it. */
async function countedAsGiven(admin: GroupAdmin, { name }: TestSubscription): Promise<number[]> {
  const positions = await admin.offsets(groupOf(name))
  return positions.flatMap(({ partition, offset, metadata }) => {
    const given = progressFrom(metadata, offset)?.spans.filter(({ value }) => value > 0) ?? []
    return given.flatMap(({ start, end }) => range(partition * perPartition + start, end - start))
  })
}

suite('a subscription on two replicas', () => {
  test('is received and acknowledged by either of them, wherever the partitions are', async (t) => {
    const [one, two] = [await gatewayFor(t), await gatewayFor(t)]
    const topic = await filledTopic(t, one.api)
    const first = await TestSubscription.create(one.api, { topics: [topic], from: 'latest' })
    const second = first.by(two.api)
    await shared(first, second)

    await Promise.all(
      range(0, partitions).map((partition) => publishNumbers(one.api, topic, 1000 + partition, 1, { partition })),
    )
    const events: ReceivedEvent[] = []
    await pollUntil(async () => {
      events.push(...(await first.receive({ wait: 2 })))
      return events.length >= partitions
    })
    const state = await second.state()
    const again = await first.receive()
    const results = await second.settle('acknowledge', events)

    assert.deepEqual(sorted(numbersIn(events)), range(1000, partitions))
    assert.equal(state.inFlight, partitions)
    assert.deepEqual(again, [])
    assert.deepEqual(new Set(results), new Set(['acknowledged']))
    assert.equal((await first.state()).lag.events, 0)
  })

  test('wakes who waits at the one when an event comes to a partition of the other', async (t) => {
    const [one, two] = [await gatewayFor(t), await gatewayFor(t)]
    const topic = await numberTopic(t, { partitions })
    const first = await TestSubscription.create(one.api, { topics: [topic] })
    const second = first.by(two.api)
    await shared(first, second)

    for (const partition of range(0, partitions)) {
      const waiting = first.receive({ wait: 20 }, `key-${partition}`)
      await publishNumbers(one.api, topic, partition, 1, { partition })
      const publishedAt = performance.now()
      const events = await waiting
      const tookMs = performance.now() - publishedAt

      t.diagnostic(`partition ${partition}: ${tookMs.toFixed(0)} ms`)
      assert.deepEqual(numbersIn(events), [partition])
      assert.ok(tookMs < 3_000)
      assert.deepEqual(await second.receive({}, `key-${partition}`), events)
      assert.deepEqual(await second.settle('acknowledge', events), ['acknowledged'])
    }
  })

  test('is sought as a whole by either of them', async (t) => {
    const [one, two] = [await gatewayFor(t), await gatewayFor(t)]
    const topic = await filledTopic(t, one.api)
    const first = await TestSubscription.create(one.api, { topics: [topic], from: 'latest' })
    const second = first.by(two.api)
    await shared(first, second)

    const answer = await two.api.post(`${first.path}/seek`, { to: 'earliest' })
    assert.equal(answer.status, 204, answer.text)
    const events = await first.receiveAll(partitions * perPartition, { max: 1000 })

    assert.deepEqual(sorted(numbersIn(events)), range(0, partitions * perPartition))
  })

  test('loses nothing when one of them is killed: what it had leased and what was not acknowledged comes again, nothing else', async (t) => {
    const one = await gatewayFor(t)
    const killed = new GatewayProcess(gatewayEnvironment())
    t.after(() => killed[Symbol.asyncDispose]())
    const two = new Api(await killed.listening(), await issueToken(['publish', 'read', 'subscribe']))
    await pollUntil(async () => (await two.get('/readyz')).status === 200)
    const topic = await filledTopic(t, one.api)
    const first = await TestSubscription.create(one.api, { topics: [topic], from: 'latest' })
    const second = first.by(two)
    await shared(first, second)
    assert.equal((await one.api.post(`${first.path}/seek`, { to: 'earliest' })).status, 204)

    const leased: ReceivedEvent[] = []
    await pollUntil(async () => {
      leased.push(...(await first.receive({ max: 20, wait: 5 })), ...(await second.receive({ max: 20, wait: 5 })))
      return leased.length >= 80
    })
    // A replica names itself first.
    const own = new Set((await first.state()).owners[0]?.partitions.map(({ partition }) => partition))
    const acknowledged = leased.filter((_event, index) => index % 2 === 0)
    const open = leased.filter((_event, index) => index % 2 === 1)
    const stillLeased = new Set(numbersIn(open.filter(({ event }) => own.has(event.partition))))
    const lost = new Set(numbersIn(open.filter(({ event }) => !own.has(event.partition))))
    assert.ok(stillLeased.size > 0 && lost.size > 0)
    assert.deepEqual(new Set(await first.settle('acknowledge', acknowledged)), new Set(['acknowledged']))
    // What a replica gave beyond what was asked for counts until it is committed that it was taken back.
    const { admin } = openGroups(t)
    await pollUntil(async () => isDeepStrictEqual(sorted(await countedAsGiven(admin, first)), sorted(numbersIn(open))))
    killed.signal('SIGKILL')
    await killed.exit
    const killedAt = performance.now()
    const rest: ReceivedEvent[] = []
    const wanted = new Set(range(0, partitions * perPartition))
    for (const n of numbersIn(acknowledged)) wanted.delete(n)
    await pollUntil(async () => {
      const answer = await one.api.post(`${first.path}/receive?max=1000&wait=5`, undefined)
      const events: ReceivedEvent[] = answer.body.events ?? []
      rest.push(...events)
      if (events.length > 0) await first.settle('acknowledge', events)
      for (const n of numbersIn(events)) wanted.delete(n)
      // What is leased by the replica that goes on has the time of its lease.
      return [...wanted].every((n) => stillLeased.has(n))
    }, 40_000)
    t.diagnostic(`${((performance.now() - killedAt) / 1000).toFixed(1)} s after one was killed`)

    const done = new Set(numbersIn(acknowledged))
    assert.deepEqual(
      numbersIn(rest).filter((n) => done.has(n)),
      [],
    )
    const twice = rest.filter(({ deliveries }) => deliveries === 2)
    assert.deepEqual(new Set(numbersIn(twice)), lost)
    assert.equal(rest.length, partitions * perPartition - leased.length + lost.size)
    const results = await first.settle('acknowledge', leased)
    assert.deepEqual(new Set(results), new Set(['acknowledged', 'done']))
    assert.equal((await first.state()).lag.events, 0)
  })
})
