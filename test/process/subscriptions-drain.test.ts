import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { Api } from '../support/api.ts'
import { gatewayEnvironment, gatewayFor } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { numbersIn, type ReceivedEvent, TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'

const partitions = 6

interface Pair {
  topic: string
  api: Api
  /** At the replica that stays, and at the one that is to go. */
  stays: TestSubscription
  goes: TestSubscription
  process: GatewayProcess
}

/** Two replicas, each with half of the partitions of a topic in which there is nothing yet. */
async function pair(t: TestContext): Promise<Pair> {
  const { api } = await gatewayFor(t)
  const process = new GatewayProcess(gatewayEnvironment())
  t.after(() => process[Symbol.asyncDispose]())
  const other = new Api(await process.listening(), await issueToken(['publish', 'read', 'subscribe']))
  await pollUntil(async () => (await other.get('/readyz')).status === 200)
  const topic = await numberTopic(t, { partitions })
  const stays = await TestSubscription.create(api, { topics: [topic] })
  const goes = stays.by(other)
  await pollUntil(async () => {
    await Promise.all([stays.receive(), goes.receive()])
    return (await stays.state()).owners.map(({ partitions: owned }) => owned.length).join() === '3,3'
  }, 30_000)
  return { topic, api, stays, goes, process }
}

suite('a replica that is told to stop', () => {
  test('answers at once who waits on it, and hands its partitions on to who waits elsewhere', async (t) => {
    const { topic, api, stays, goes, process } = await pair(t)
    const here = goes.receive({ wait: 30 })
    const elsewhere = stays.receive({ wait: 30, max: 100 })
    // They wait: what would be answered at once has been.
    assert.equal(await Promise.race([here, elsewhere, stays.receive({ wait: 1 }).then(() => 'nothing')]), 'nothing')

    const stoppedAt = performance.now()
    process.signal('SIGTERM')
    assert.deepEqual(await here, [])
    const answeredMs = performance.now() - stoppedAt
    await elsewhereOwnsAll(stays)
    const movedMs = performance.now() - stoppedAt
    const { code } = await process.exit
    const goneMs = performance.now() - stoppedAt
    for (const partition of range(0, partitions)) await publishNumbers(api, topic, partition, 1, { partition })
    const events = await elsewhere
    const others = events.length < partitions ? await stays.receiveAll(partitions - events.length) : []

    t.diagnostic(
      `answered after ${answeredMs.toFixed(0)} ms, partitions moved after ${movedMs.toFixed(0)} ms, gone after ${goneMs.toFixed(0)} ms`,
    )
    assert.equal(code, 0)
    assert.ok(answeredMs < 3_000 && movedMs < 10_000 && goneMs < 9_000)
    assert.deepEqual(numbersIn([...events, ...others]).toSorted(), range(0, partitions))
  })

  test('loses no acknowledgement that comes while it goes, and gives nothing again that was acknowledged', async (t) => {
    const { topic, api, stays, goes, process } = await pair(t)
    const perPartition = 50
    for (const partition of range(0, partitions)) {
      await publishNumbers(api, topic, partition * perPartition, perPartition, { partition })
    }
    const events: ReceivedEvent[] = []
    await pollUntil(async () => {
      events.push(...(await stays.receive({ max: 50, wait: 2 })), ...(await goes.receive({ max: 50, wait: 2 })))
      return events.length === partitions * perPartition
    })
    const kept = events.filter((_event, index) => index % 10 === 9)
    const acknowledged = events.filter((_event, index) => index % 10 !== 9)

    const results = range(0, 27).map(async (index) => {
      const some = acknowledged.slice(index * 10, (index + 1) * 10)
      if (index === 3) process.signal('SIGTERM')
      // As many before as after it, each at the replica that stays, whoever has the partitions.
      await new Promise((resolve) => setTimeout(resolve, index * 40))
      return await stays.settle('acknowledge', some)
    })
    assert.deepEqual(new Set((await Promise.all(results)).flat()), new Set(['acknowledged']))
    assert.equal((await process.exit).code, 0)

    const again: ReceivedEvent[] = []
    await pollUntil(async () => {
      const given = await stays.receive({ max: 100, wait: 2 })
      again.push(...given)
      if (given.length > 0) await stays.settle('acknowledge', given)
      return (await stays.state()).lag.events === 0
    }, 60_000)
    const left = new Set(numbersIn(kept))
    assert.deepEqual(
      numbersIn(again).filter((n) => !left.has(n)),
      [],
    )
    assert.deepEqual(new Set(numbersIn(again)), left)
    assert.deepEqual(new Set(again.map(({ deliveries }) => deliveries)), new Set([2]))
  })
})

const elsewhereOwnsAll = (subscription: TestSubscription): Promise<void> =>
  pollUntil(
    async () => (await subscription.state()).owners.map(({ partitions: owned }) => owned.length).join() === '6',
    30_000,
  )
