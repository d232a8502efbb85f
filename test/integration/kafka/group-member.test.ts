import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { PartitionLost } from '../../../src/errors/partition-lost.ts'
import { uniqueName } from '../../support/gateway.ts'
import { createTopic } from '../../support/kafka.ts'
import { pollUntil } from '../../support/poll.ts'
import { connectedProducer, send, write } from './room.ts'
import { openGroups, TestMember, upTo } from './test-member.ts'

/** Nothing of this process goes on but the threads of the clients. */
const holdUp = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

suite('GroupMember', () => {
  test('is given the records of all partitions, in order, each once, and the ends', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)
    await Promise.all(upTo(300).map((i) => send(producer, topic, { partition: i % 3 })))
    const { groups } = openGroups(t)

    const one = await TestMember.join(t, { groups, group: uniqueName('group'), topics: [topic] })
    await pollUntil(() => one.ends.length >= 3)

    for (const partition of [0, 1, 2]) assert.deepEqual(one.offsetsOf(partition), upTo(100))
    assert.deepEqual(
      one.given,
      [0, 1, 2].map((partition) => ({ topic, partition, offset: undefined, metadata: '' })),
    )
    assert.deepEqual([...new Set(one.ends.map(({ offset }) => offset))], [100])
  })

  test('is given what the group committed, with its metadata, before any record', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const producer = await connectedProducer(t)
    for (let i = 0; i < 5; i++) await write(producer, topic, { partition: 1 })
    const { groups } = openGroups(t)
    const group = uniqueName('group')
    const metadata = `{"done":"é,7-9","filler":"${'x'.repeat(4_000)}"}`
    const before = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => before.records.length === 5)
    await before.member.commit({ topic, partition: 1, offset: 3, metadata })
    await before.member.leave()

    let recordsThen = -1
    const after: TestMember = await TestMember.join(t, {
      groups,
      group,
      topics: [topic],
      onAssigned: async () => {
        recordsThen = 0
      },
      onRecords: (records) => {
        assert.equal(recordsThen, 0)
        after.records.push(...records)
      },
    })
    await pollUntil(() => after.records.length === 2)

    assert.deepEqual(
      after.given.find(({ partition }) => partition === 1),
      { topic, partition: 1, offset: 3, metadata },
    )
    assert.deepEqual(after.offsetsOf(1), [3, 4])
  })

  test('commits settle by what Kafka said: many at once take few requests, and the last one counts', async (t) => {
    const topic = await createTopic(t, { partitions: 4 })
    const { groups, admin } = openGroups(t)
    const group = uniqueName('group')
    const one = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => one.given.length === 4)

    const began = performance.now()
    await Promise.all(
      upTo(20_000).map((i) => one.member.commit({ topic, partition: i % 4, offset: i, metadata: `m${i}` })),
    )
    t.diagnostic(`20,000 commits in ${(performance.now() - began).toFixed(0)} ms`)
    const times: number[] = []
    for (let i = 0; i < 100; i++) {
      const at = performance.now()
      await one.member.commit({ topic, partition: 0, offset: 20_000 + i, metadata: 'last' })
      times.push(performance.now() - at)
    }
    times.sort((a, b) => a - b)
    t.diagnostic(`one by one: p50 ${times[50]?.toFixed(1)} ms, p99 ${times[98]?.toFixed(1)} ms`)

    const offsets = (await admin.offsets(group)).sort((a, b) => a.partition - b.partition)
    assert.deepEqual(
      offsets.map(({ offset, metadata }) => [offset, metadata]),
      [
        [20_099, 'last'],
        [19_997, 'm19997'],
        [19_998, 'm19998'],
        [19_999, 'm19999'],
      ],
    )
  })

  test('metadata may have 4,095 bytes, and what is longer is refused before it is sent', async (t) => {
    const topic = await createTopic(t)
    const { groups, admin } = openGroups(t)
    const group = uniqueName('group')
    const one = await TestMember.join(t, { groups, group, topics: [topic] })
    await pollUntil(() => one.given.length === 1)

    await one.member.commit({ topic, partition: 0, offset: 1, metadata: 'x'.repeat(4_095) })
    const refused = one.member.commit({ topic, partition: 0, offset: 2, metadata: 'x'.repeat(4_096) })

    await assert.rejects(refused, RangeError)
    assert.deepEqual(
      (await admin.offsets(group)).map(({ offset, metadata }) => [offset, metadata.length]),
      [[1, 4_095]],
    )
  })

  test('a partition that it does not own cannot be committed', async (t) => {
    const topic = await createTopic(t)
    const { groups } = openGroups(t)
    const one = await TestMember.join(t, { groups, group: uniqueName('group'), topics: [topic] })
    await pollUntil(() => one.partitions.length === 1)

    await assert.rejects(one.member.commit({ topic, partition: 7, offset: 1, metadata: '' }), PartitionLost)
  })

  test('pausing and resuming partitions at random loses and repeats nothing', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)
    const value = Buffer.alloc(2_000)
    await Promise.all(upTo(9_000).map((i) => send(producer, topic, { partition: i % 3, value })))
    const { groups } = openGroups(t)
    let batches = 0
    const one: TestMember = await TestMember.join(t, {
      groups,
      group: uniqueName('group'),
      topics: [topic],
      onRecords: (records) => {
        one.records.push(...records)
        batches += 1
        for (const partition of [0, 1, 2]) {
          if ((batches + partition) % 3 !== 0) one.member.resume([{ topic, partition }])
          else one.member.pause([{ topic, partition }])
        }
        if (one.records.length % 7 === 0) one.member.resume([0, 1, 2].map((partition) => ({ topic, partition })))
      },
    })
    const resuming = setInterval(() => one.member.resume([0, 1, 2].map((partition) => ({ topic, partition }))), 100)
    t.after(() => clearInterval(resuming))
    await pollUntil(() => one.records.length >= 9_000)

    t.diagnostic(`${batches} batches`)
    for (const partition of [0, 1, 2]) assert.deepEqual(one.offsetsOf(partition), upTo(3_000))
  })

  test('a paused partition gives nothing until it is resumed, also one that was paused before it was read', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const producer = await connectedProducer(t)
    const { groups } = openGroups(t)
    const one: TestMember = await TestMember.join(t, {
      groups,
      group: uniqueName('group'),
      topics: [topic],
      onAssigned: async () => one.member.pause([{ topic, partition: 0 }]),
    })
    await pollUntil(() => one.ends.some(({ partition }) => partition === 1))
    for (const count of [1, 2]) {
      await write(producer, topic, { partition: 0 })
      await write(producer, topic, { partition: 1 })
      await pollUntil(() => one.offsetsOf(1).length === count)
      assert.deepEqual(one.offsetsOf(0), upTo(count - 1))
      one.member.resume([{ topic, partition: 0 }])
      await pollUntil(() => one.offsetsOf(0).length === count)
      one.member.pause([{ topic, partition: 0 }])
    }
  })

  test('what is resumed comes at once, also where all was paused', async (t) => {
    const median = await medianMs(t, 11, async ({ member }, write, topic) => {
      member.pause([{ topic, partition: 0 }])
      await write()
      // Until then the client is still at what it began to fetch before.
      await delay(200)
      return () => member.resume([{ topic, partition: 0 }])
    })

    assert.ok(median < 150)
  })

  test('after a seek nothing comes that was fetched before, in either direction, also where it is paused', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    await Promise.all(upTo(2_500).map(() => send(producer, topic)))
    const { groups } = openGroups(t)
    const one = await TestMember.join(t, { groups, group: uniqueName('group'), topics: [topic] })
    await pollUntil(() => one.records.length > 0)
    const seen: number[][] = []

    for (const offset of [2_400, 100, 2_499, 0, 1_234]) {
      if (offset === 100) one.member.pause([{ topic, partition: 0 }])
      await one.member.seek({ topic, partition: 0, offset })
      one.records.length = 0
      one.member.resume([{ topic, partition: 0 }])
      await pollUntil(() => one.records.at(-1)?.offset === 2_499)
      seen.push(one.offsetsOf(0))
    }

    assert.deepEqual(
      seen,
      [2_400, 100, 2_499, 0, 1_234].map((offset) => upTo(2_500, offset)),
    )
    await assert.rejects(one.member.seek({ topic, partition: 9, offset: 0 }), PartitionLost)
  })

  test('an end that is none any more when it is looked at, for the records behind it came, too, changes nothing', async (t) => {
    const topic = await createTopic(t)
    const { groups } = openGroups(t)
    const producer = await connectedProducer(t)
    const one = await TestMember.join(t, { groups, group: uniqueName('group'), topics: [topic] })
    await write(producer, topic)
    await pollUntil(() => one.ends.some(({ offset }) => offset === 1))

    for (const records of [1, 9]) {
      for (let i = 0; i < records; i++) void send(producer, topic)
      holdUp(500)
    }
    await pollUntil(() => one.ends.some(({ offset }) => offset === 11))

    assert.deepEqual(one.offsetsOf(0), upTo(11))
    assert.deepEqual(one.revoked, [])
    assert.equal(one.given.length, 1)
  })

  test('a record is there some milliseconds after it was written', async (t) => {
    const median = await medianMs(t, 20, async (_one, write) => {
      await write()
      return () => {}
    })

    assert.ok(median < 500)
  })
})

/** From what is done last, which `prepare` gives, until the member has the record that was written meanwhile. */
async function medianMs(
  t: TestContext,
  times: number,
  prepare: (one: TestMember, write: () => Promise<unknown>, topic: string) => Promise<() => void>,
): Promise<number> {
  const topic = await createTopic(t)
  const producer = await connectedProducer(t)
  const { groups } = openGroups(t)
  const one = await TestMember.join(t, { groups, group: uniqueName('group'), topics: [topic] })
  await pollUntil(() => one.ends.length > 0)
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const begin = await prepare(one, () => write(producer, topic), topic)
    const at = performance.now()
    begin()
    while (one.records.length <= i) await new Promise((resolve) => setImmediate(resolve))
    taken.push(performance.now() - at)
  }
  taken.sort((a, b) => a - b)
  const median = taken[Math.floor(times / 2)] as number
  t.diagnostic(`p50 ${median.toFixed(1)} ms, most ${taken.at(-1)?.toFixed(1)} ms`)
  return median
}
