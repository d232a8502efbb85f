import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { clientSettings } from '../../../src/kafka/client-settings.ts'
import { uniqueName } from '../../support/gateway.ts'
import { createTopic } from '../../support/kafka.ts'
import { startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { connectedProducer, send, testConfig, write } from './room.ts'
import { openGroups, TestMember, upTo } from './test-member.ts'

/** The first question about any group may have to wait for the topic of offsets. */
const isAnswered = (question: Promise<unknown>): Promise<boolean> =>
  question.then(
    () => true,
    () => false,
  )

suite('ConsumerGroups', () => {
  for (const groupProtocol of ['classic', 'consumer'] as const) {
    test(`${groupProtocol}: says who has which partition, from memory for a moment, and again when asked`, async (t) => {
      const topic = await createTopic(t, { partitions: 3 })
      const { groups } = openGroups(t, undefined, groupProtocol)
      const group = uniqueName('group')
      await pollUntil(() => isAnswered(groups.refresh(group)))
      const absent = await groups.find(group)
      const properties = clientSettings({ ...testConfig(), subscriptions: { groupProtocol } }, {}).member
      const one = await TestMember.join(t, { groups, group, topics: [topic], clientId: 'headgate/one', properties })
      await pollUntil(() => one.partitions.length === 3)

      await pollUntil(async () => (await groups.refresh(group)).state === 'stable')
      const found = await groups.refresh(group)
      const remembered = groups.find(group)
      await one.member.leave()
      await pollUntil(async () => (await groups.refresh(group)).state !== 'stable')

      assert.deepEqual(absent, { state: 'absent', members: [] })
      assert.deepEqual(
        found.members.map(({ clientId, host, partitions }) => ({ clientId, host, partitions })),
        [
          {
            clientId: 'headgate/one',
            host: '127.0.0.1',
            partitions: upTo(3).map((partition) => ({ topic, partition })),
          },
        ],
      )
      assert.equal(remembered, found)
      assert.deepEqual((await groups.refresh(group)).members, [])
    })
  }

  test('sets the offsets of a group that has no members, and not of one that has', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const producer = await connectedProducer(t)
    for (let i = 0; i < 4; i++) await write(producer, topic, { partition: 1 })
    const { groups, admin } = openGroups(t)
    const group = uniqueName('group')

    const isSet = await groups.setOffsets(group, [
      { topic, partition: 0, offset: 0 },
      { topic, partition: 1, offset: 2 },
    ])
    const after = await groups.refresh(group)
    const one = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => one.records.length === 2)
    const isSetAgain = await groups.setOffsets(group, [{ topic, partition: 1, offset: 0 }])

    assert.equal(isSet, true)
    assert.equal(after.state, 'empty')
    assert.deepEqual(one.offsetsOf(1), [2, 3])
    assert.equal(isSetAgain, false)
    assert.deepEqual((await admin.offsets(group)).map(({ partition, offset }) => [partition, offset]).sort(), [
      [0, 0],
      [1, 2],
    ])
    assert.deepEqual(one.revoked, [])
  })

  test('says how far a group is behind, and since when', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)
    const { groups } = openGroups(t)
    const group = uniqueName('group')
    const timestamp = Date.now() - 60_000
    for (let i = 0; i < 10; i++) await send(producer, topic, { partition: 0, timestamp: timestamp + i * 1_000 })
    await write(producer, topic, { partition: 1 })
    await groups.setOffsets(group, [
      { topic, partition: 0, offset: 4 },
      { topic, partition: 1, offset: 1 },
    ])

    const lags = await groups.lagOf(group, [topic, 'no-such-topic'])
    const oldest = await groups.oldestUncommitted(lags)

    assert.deepEqual(lags, [
      { topic, partition: 0, first: 0, last: 10, committed: 4, lag: 6 },
      { topic, partition: 1, first: 0, last: 1, committed: 1, lag: 0 },
      { topic, partition: 2, first: 0, last: 0, committed: undefined, lag: 0 },
    ])
    assert.equal(oldest, timestamp + 4_000)
    assert.equal(await groups.oldestUncommitted(lags.filter(({ lag }) => lag === 0)), undefined)
  })

  test('deletes a group that has no members, or is not there', async (t) => {
    const topic = await createTopic(t)
    const { groups, admin } = openGroups(t)
    const group = uniqueName('group')
    const one = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => one.partitions.length === 1)
    await one.member.commit({ topic, partition: 0, offset: 0, metadata: 'x' })

    const whileIn = await groups.delete(group)
    await one.member.leave()
    await pollUntil(() => groups.delete(group))

    assert.equal(whileIn, false)
    assert.deepEqual(await admin.offsets(group), [])
    assert.equal((await groups.find(group)).state, 'absent')
    assert.equal(await groups.delete(uniqueName('group')), true)
  })

  test('while Kafka stands still every question ends within its limit', async (t) => {
    await using kafka = await startOwnKafka()
    const { groups } = openGroups(t, kafka.bootstrap)
    await pollUntil(() => isAnswered(groups.refresh('a-group')))
    kafka.part.pause()
    const began = performance.now()

    const answers = await Promise.allSettled([
      groups.refresh('a-group'),
      groups.committedOf('a-group', []),
      groups.setOffsets('a-group', [{ topic: 'a-topic', partition: 0, offset: 0 }]),
      groups.delete('a-group'),
    ])
    const ms = performance.now() - began
    kafka.part.resume()

    for (const answer of answers) {
      assert.ok(answer.status === 'rejected' && answer.reason instanceof GatewayError)
      assert.equal(answer.reason.code, 'kafka-unavailable')
    }
    t.diagnostic(`${ms.toFixed(0)} ms`)
    assert.ok(ms < 15_000)
  })
})
