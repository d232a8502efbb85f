import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { suite, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { ensureTopic } from '../../../local/kafka.ts'
import { PartitionLost } from '../../../src/errors/partition-lost.ts'
import { clientSettings } from '../../../src/kafka/client-settings.ts'
import { uniqueName } from '../../support/gateway.ts'
import { addPartitions, createTopic, recreateTopic } from '../../support/kafka.ts'
import { providePython } from '../../support/language-clients.ts'
import { startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { bootstrapServers, connectedProducer, send, testConfig, write } from './room.ts'
import { openGroups, TestMember, upTo } from './test-member.ts'

const memberProgram = new URL('./member-process.ts', import.meta.url).pathname

/** Every partition has one owner. */
const isSpread = (members: readonly TestMember[], partitions: number): boolean => {
  const owned = members.flatMap((member) => member.partitions).sort((a, b) => a - b)
  return (
    JSON.stringify(owned) === JSON.stringify(upTo(partitions)) && members.every((member) => member.partitions.length)
  )
}

const timed = async (t: TestContext, what: string, condition: () => boolean | Promise<boolean>, limitMs = 30_000) => {
  const began = performance.now()
  await pollUntil(condition, limitMs)
  t.diagnostic(`${what}: ${(performance.now() - began).toFixed(0)} ms`)
}

suite('rebalances of groups', () => {
  for (const groupProtocol of ['classic', 'consumer'] as const) {
    test(`${groupProtocol}: three members share six partitions, and one leaves: what was committed goes on, nothing else moves`, async (t) => {
      const topic = await createTopic(t, { partitions: 6 })
      const producer = await connectedProducer(t)
      await Promise.all(upTo(60).map((i) => send(producer, topic, { partition: i % 6 })))
      const { groups } = openGroups(t)
      const properties = clientSettings({ ...testConfig(), subscriptions: { groupProtocol } }, {}).member
      const options = { groups, group: uniqueName('group'), topics: [topic], properties }
      const join = async () => {
        // What is owned when it is to be given back is committed then, and only then.
        const one: TestMember = await TestMember.join(t, {
          ...options,
          onRevoked: async (partitions) => {
            const commits = partitions.map(({ partition }) => {
              const from = one.given.findLast((given) => given.partition === partition)?.offset ?? 0
              const offset = from + one.offsetsOf(partition).length
              return one.member.commit({ topic, partition, offset, metadata: `of ${partition}` })
            })
            await Promise.all(commits)
          },
        })
        return one
      }
      const first = await join()
      await timed(t, 'the first has all', () => isSpread([first], 6))
      await pollUntil(() => first.records.length === 60)
      const second = await join()
      await timed(t, 'the second has its share', () => isSpread([first, second], 6))
      const third = await join()
      await timed(t, 'the third has its share', () => isSpread([first, second, third], 6))
      const kept = second.partitions

      const began = performance.now()
      await third.member.leave()
      t.diagnostic(`leave: ${(performance.now() - began).toFixed(0)} ms`)
      await timed(t, 'what it had is with others', () => isSpread([first, second], 6))

      for (const { partition, offset, metadata } of [...second.given, ...third.given]) {
        assert.deepEqual({ offset, metadata }, { offset: 10, metadata: `of ${partition}` })
      }
      assert.ok(kept.every((partition) => second.partitions.includes(partition)))
      assert.deepEqual([...second.records, ...third.records], [])
      assert.deepEqual(
        [first, second, third].flatMap(({ revoked }) => revoked.filter(({ wasLost }) => wasLost)),
        [],
      )
    })
  }

  test('a member that is killed has its partitions taken over within ten seconds', async (t) => {
    const topic = await createTopic(t, { partitions: 4 })
    const { groups } = openGroups(t)
    const group = uniqueName('group')
    const one = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => one.partitions.length === 4)
    const child = spawn(process.execPath, [memberProgram, group, topic], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    let ofChild = '[]'
    createInterface({ input: child.stdout }).on('line', (line) => {
      ofChild = line
    })
    await pollUntil(() => one.partitions.length === 2 && JSON.parse(ofChild).length === 2)
    const seen = await groups.refresh(group)

    child.kill('SIGKILL')
    await timed(t, 'after SIGKILL', () => one.partitions.length === 4, 10_000)

    assert.deepEqual(seen.members.map(({ clientId, partitions }) => [clientId, partitions.length]).sort(), [
      ['headgate/child', 2],
      ['headgate/test', 2],
    ])
  })

  test('partitions that are added come without a rebalance of the others, from their beginning', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const { groups } = openGroups(t)
    const properties = { ...clientSettings(testConfig(), {}).member, 'topic.metadata.refresh.interval.ms': 500 }
    const one = await TestMember.join(t, { groups, group: uniqueName('group'), topics: [topic], properties })
    await pollUntil(() => one.partitions.length === 2)

    await addPartitions(topic, 3)
    // A producer that knows the topic already learns of partitions much later.
    const later = await connectedProducer(t)
    await pollUntil(async () => (await send(later, topic, { partition: 2 })).status === 'written')
    await pollUntil(() => one.offsetsOf(2)[0] === 0)

    assert.deepEqual(one.revoked, [])
  })

  test('a topic that is deleted and made again is read again, from its beginning', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    for (let i = 0; i < 5; i++) await write(producer, topic)
    const { groups } = openGroups(t)
    const properties = { ...clientSettings(testConfig(), {}).member, 'topic.metadata.refresh.interval.ms': 500 }
    const one = await TestMember.join(t, { groups, group: uniqueName('group'), topics: [topic], properties })
    await pollUntil(() => one.records.length === 5)
    await one.member.commit({ topic, partition: 0, offset: 5, metadata: 'of the topic before' })

    await recreateTopic(topic)
    await pollUntil(async () => (await send(producer, topic, { value: Buffer.from('again') })).status === 'written')
    await pollUntil(() => one.records.some(({ value }) => value?.toString() === 'again'), 30_000)

    assert.equal(one.records.find(({ value }) => value?.toString() === 'again')?.offset, 0)
    // What is held of the topic before is known to be of another one.
    assert.deepEqual(
      one.revoked.map(({ wasLost }) => wasLost),
      [true],
    )
    assert.notEqual(one.given.at(-1)?.metadata, 'of the topic before')
  })

  test('commits go on while others come and go, and each settles', async (t) => {
    const topic = await createTopic(t, { partitions: 6 })
    const { groups, admin } = openGroups(t)
    const group = uniqueName('group')
    const one = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => one.partitions.length === 6)
    const confirmed = new Map<number, number>()
    let lost = 0
    let isOver = false
    const committing = upTo(6).map(async (partition) => {
      for (let offset = 1; !isOver; offset++) {
        await one.member.commit({ topic, partition, offset, metadata: '' }).then(
          () => confirmed.set(partition, offset),
          async (error) => {
            assert.ok(error instanceof PartitionLost, String(error))
            lost += 1
            await pollUntil(() => isOver || one.partitions.includes(partition))
          },
        )
      }
    })

    for (let i = 0; i < 2; i++) {
      const other = await TestMember.join(t, { groups, group, topics: [topic] })
      await pollUntil(() => isSpread([one, other], 6))
      await other.member.leave()
      await pollUntil(() => one.partitions.length === 6)
    }
    isOver = true
    await Promise.all(committing)

    const offsets = await admin.offsets(group)
    assert.ok(lost > 0)
    for (const { partition, offset } of offsets) assert.equal(offset, confirmed.get(partition))
  })

  test('a partition that goes can be committed for a bounded time, and a slow owner does not hold the group up', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const { groups } = openGroups(t)
    const group = uniqueName('group')
    const { promise: never } = Promise.withResolvers<void>()
    const slow = await TestMember.join(t, {
      groups,
      group,
      topics: [topic],
      revokeLimitMs: 500,
      onRevoked: () => never,
    })
    await pollUntil(() => slow.partitions.length === 2)

    const other = await TestMember.join(t, { groups, group, topics: [topic] })
    await timed(t, 'the other has one', () => other.partitions.length === 1, 8_000)
    const [gone = -1] = other.partitions

    await assert.rejects(slow.member.commit({ topic, partition: gone, offset: 1, metadata: 'too late' }), PartitionLost)
  })

  test('where partitions cannot be begun yet, the group does not wait, and they are begun later', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const producer = await connectedProducer(t)
    await write(producer, topic, { partition: 0 })
    await write(producer, topic, { partition: 1 })
    const { groups } = openGroups(t)
    const group = uniqueName('group')
    let isReady = false
    const one = await TestMember.join(t, {
      groups,
      group,
      topics: [topic],
      onAssigned: async () => {
        if (!isReady) throw new Error('not ready')
      },
    })
    await pollUntil(() => one.partitions.length === 2)

    const other = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => other.records.length === 1)
    assert.deepEqual(one.records, [])
    isReady = true
    await pollUntil(() => one.records.length === 1)
  })

  test('Kafka stands still for ten seconds: what was owned is lost, and owned and read again, and commits tell the truth', async (t) => {
    await using kafka = await startOwnKafka()
    const { bootstrap } = kafka
    const topic = uniqueName('topic')
    await ensureTopic(bootstrap, { topic, partitions: 2 })
    const { groups, admin } = openGroups(t, bootstrap)
    const group = uniqueName('group')
    const producer = await connectedProducer(t, testConfig(bootstrap))
    await write(producer, topic, { partition: 0 })
    const one = await TestMember.join(t, { groups, group, topics: [topic], bootstrap, commitLimitMs: 3_000 })
    await pollUntil(() => one.records.length === 1 && one.partitions.length === 2)

    kafka.part.pause()
    const began = performance.now()
    const during = await Promise.allSettled([one.member.commit({ topic, partition: 0, offset: 1, metadata: 'during' })])
    t.diagnostic(`${JSON.stringify(during)} after ${(performance.now() - began).toFixed(0)} ms`)
    await pollUntil(() => performance.now() - began > 10_000)
    kafka.part.resume()
    await pollUntil(async () => (await send(producer, topic, { partition: 0 })).status === 'written')
    await timed(t, 'read again', () => one.offsetsOf(0).includes(1), 60_000)
    t.diagnostic(JSON.stringify(one.revoked))
    await one.member.commit({ topic, partition: 0, offset: 2, metadata: 'after' })

    assert.equal(during[0]?.status, 'rejected')
    assert.deepEqual(
      (await admin.offsets(group)).map(({ offset, metadata }) => [offset, metadata]),
      [[2, 'after']],
    )
    kafka.part.pause()
    const leaving = performance.now()
    await one.member.leave()
    t.diagnostic(`left without Kafka in ${(performance.now() - leaving).toFixed(0)} ms`)
    assert.ok(performance.now() - leaving < 15_000)
    kafka.part.resume()
  })

  test('a member that fails for good says so and why, once, and has lost what it had', async (t) => {
    const topic = await createTopic(t)
    const { groups } = openGroups(t)
    // Of two with the same name Kafka fences off the first.
    const properties = { ...clientSettings(testConfig(), {}).member, 'group.instance.id': 'the-same' }
    const options = { groups, group: uniqueName('group'), topics: [topic], properties }
    const first = await TestMember.join(t, options)
    await pollUntil(() => first.partitions.length === 1)

    const second = await TestMember.join(t, options)
    await pollUntil(() => first.failures.length > 0)
    await first.member.leave()
    await pollUntil(() => second.partitions.length === 1)

    assert.equal(first.failures.length, 1)
    assert.match(String(first.failures[0]), /fence/i)
    assert.deepEqual(first.partitions, [])
    assert.deepEqual(
      first.revoked.map(({ wasLost }) => wasLost),
      [true],
    )
    await assert.rejects(first.member.commit({ topic, partition: 0, offset: 1, metadata: '' }), PartitionLost)
  })

  test("another program sees the group, its members and its offsets, and Python reads the commit's metadata", async (t) => {
    const topic = await createTopic(t)
    const { groups } = openGroups(t)
    const group = uniqueName('group')
    const clientId = 'headgate/10.0.0.7:8081/an-instance'
    const one = await TestMember.join(t, { groups, group, topics: [topic], clientId })
    await pollUntil(() => one.partitions.length === 1)
    await one.member.commit({ topic, partition: 0, offset: 42, metadata: '{"é":1}' })

    const program = `
import json, sys
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient
admin = AdminClient({"bootstrap.servers": sys.argv[1]})
offsets = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(sys.argv[2])])[sys.argv[2]].result(20)
found = admin.describe_consumer_groups([sys.argv[2]])[sys.argv[2]].result(20)
print(json.dumps([[[p.offset, p.metadata] for p in offsets.topic_partitions], found.state.name, [m.client_id for m in found.members]]))
`
    const python = await providePython()
    const { stdout } = await promisify(execFile)(python, ['-c', program, bootstrapServers(), group], {
      timeout: 60_000,
    })

    assert.deepEqual(JSON.parse(stdout), [[[42, '{"é":1}']], 'STABLE', [clientId]])
  })
})
