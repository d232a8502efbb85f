import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import type { StoredRecord } from '../../../src/kafka/record.ts'
import { Tail } from '../../../src/kafka/tail.ts'
import { createTopic } from '../../support/kafka.ts'
import { pollUntil } from '../../support/poll.ts'
import { allFrom, connectedProducer, kafkaLog, log, settingsFor, write } from './room.ts'
import { openTransactions } from './transactions.ts'

function openTail(t: TestContext, quietMs = 5_000, bootstrap?: string): Tail {
  const tail = new Tail({ properties: settingsFor(bootstrap).tail, log, kafkaLog, quietMs })
  t.after(() => tail[Symbol.asyncDispose]())
  return tail
}

const timeoutMs = 10_000

suite('Tail', () => {
  test('wakes when a record arrives, and not before', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)
    const tail = openTail(t)
    await write(producer, topic, { partition: 1 })
    const positions = new Map([
      [0, 0],
      [1, 1],
      [2, 0],
    ])

    const early = await tail.waitForRecords(topic, positions, { timeoutMs: 700 })
    const waiting = tail.waitForRecords(topic, positions, { timeoutMs })
    await write(producer, topic, { partition: 2 })
    const started = performance.now()
    const woken = await waiting
    t.diagnostic(`woken ${(performance.now() - started).toFixed(1)} ms after the write was confirmed`)

    assert.deepEqual([early, woken], [false, true])
    assert.ok(performance.now() - started < 2_000)
  })

  test('wakes at once for a record that is there already', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const tail = openTail(t)
    await write(producer, topic)

    assert.equal(await tail.waitForRecords(topic, allFrom(1), { timeoutMs }), true)
  })

  test('looks further back for one who waits further back', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const tail = openTail(t)
    for (let i = 0; i < 3; i++) await write(producer, topic)
    const atEnd = tail.waitForRecords(topic, allFrom(1, 3), { timeoutMs })
    await tail.waitForRecords(topic, allFrom(1, 3), { timeoutMs: 300 })

    const back = await tail.waitForRecords(topic, allFrom(1, 2), { timeoutMs })
    const stillWaiting = await Promise.race([atEnd, tail.waitForRecords(topic, allFrom(1, 3), { timeoutMs: 300 })])
    await write(producer, topic)

    assert.deepEqual([back, stillWaiting, await atEnd], [true, false, true])
  })

  test('wakes for committed transactions only', async (t) => {
    const topic = await createTopic(t)
    const tail = openTail(t)
    const transactions = await openTransactions(t)

    const waiting = tail.waitForRecords(topic, allFrom(1), { timeoutMs: 2_000 })
    await transactions(topic, ['never'], 'abort')
    const aborted = await waiting
    const again = tail.waitForRecords(topic, allFrom(1, 2), { timeoutMs })
    await transactions(topic, ['now'], 'commit')

    assert.deepEqual([aborted, await again], [false, true])
  })

  test('ends a wait when its signal aborts, or the tail is disposed', async (t) => {
    const topic = await createTopic(t)
    const tail = openTail(t)
    const abort = new AbortController()
    const aborted = tail.waitForRecords(topic, allFrom(1), { timeoutMs, signal: abort.signal })
    const disposed = tail.waitForRecords(topic, allFrom(1), { timeoutMs })

    abort.abort()
    assert.equal(await aborted, false)
    await tail[Symbol.asyncDispose]()
    assert.equal(await disposed, false)
    assert.equal(await tail.waitForRecords(topic, allFrom(1), { timeoutMs }), false)
  })

  test('wakes 200 who wait with one consumer, each by its own record', async (t) => {
    const topic = await createTopic(t, { partitions: 12 })
    const producer = await connectedProducer(t)
    const tail = openTail(t)
    const all = Array.from({ length: 200 }, () => tail.waitForRecords(topic, allFrom(12), { timeoutMs }))
    const later = Array.from({ length: 20 }, () => tail.waitForRecords(topic, new Map([[5, 1]]), { timeoutMs: 1_500 }))

    await write(producer, topic, { partition: 5 })

    assert.deepEqual(new Set(await Promise.all(all)), new Set([true]))
    assert.deepEqual(new Set(await Promise.all(later)), new Set([false]))
  })

  test('closes its consumer a while after the last wait, and starts again with the next', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const tail = openTail(t, 200)

    await tail.waitForRecords(topic, allFrom(1), { timeoutMs: 100 })
    await pollUntil(() => !tail.isRunning)
    const waiting = tail.waitForRecords(topic, allFrom(1), { timeoutMs })
    await write(producer, topic)

    assert.equal(await waiting, true)
  })

  test('wakes within tenths of a second, one after another', async (t) => {
    const topic = await createTopic(t, { partitions: 12 })
    const producer = await connectedProducer(t)
    const tail = openTail(t)
    const positions = allFrom(12)
    const times: number[] = []

    for (let i = 0; i < 30; i++) {
      const waiting = tail.waitForRecords(topic, positions, { timeoutMs })
      const { partition, offset } = await write(producer, topic)
      const started = performance.now()
      assert.equal(await waiting, true)
      times.push(performance.now() - started)
      positions.set(partition, offset + 1)
    }
    times.sort((a, b) => a - b)
    t.diagnostic(`p50 ${times[15]?.toFixed(1)} ms, max ${times[29]?.toFixed(1)} ms`)

    assert.ok((times[15] ?? Number.POSITIVE_INFINITY) < 500)
  })

  test('gives who follows every record from his place on, once and in order, beside those who wait', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const producer = await connectedProducer(t)
    const tail = openTail(t)
    for (let i = 0; i < 3; i++) await write(producer, topic, { partition: 0 })
    const taken: string[] = []
    const take = (records: readonly StoredRecord[]) => {
      for (const { partition, offset } of records) taken.push(`${partition}/${offset}`)
    }

    using following = tail.follow(topic, new Map([[0, 2]]), take)
    await tail.waitForRecords(topic, allFrom(1), { timeoutMs })
    following.follow(1, 0)
    for (let i = 0; i < 3; i++) await write(producer, topic, { partition: 1 })
    await pollUntil(() => taken.length >= 4)
    following.hold()
    await write(producer, topic, { partition: 0 })
    const isHeld = !(await tail.waitForRecords(topic, new Map([[0, 3]]), { timeoutMs: 700 }))
    following.release()
    await pollUntil(() => taken.length >= 5)

    assert.deepEqual(taken.toSorted(), ['0/2', '0/3', '1/0', '1/1', '1/2'])
    assert.equal(isHeld, true)
    assert.throws(() => tail.follow(topic, new Map(), take), /is followed already/)
  })

  test('a follower that fails costs the followers of other topics nothing', async (t) => {
    const [failing, other] = [await createTopic(t), await createTopic(t)]
    const producer = await connectedProducer(t)
    const tail = openTail(t)
    const taken: number[] = []
    using _failing = tail.follow(failing, allFrom(1), () => {
      throw new Error('a fault of the test')
    })
    using _other = tail.follow(other, allFrom(1), (records) => taken.push(...records.map(({ offset }) => offset)))

    await Promise.all(Array.from({ length: 100 }, (_, index) => write(producer, index % 2 ? failing : other)))
    await pollUntil(() => taken.length >= 50)

    assert.deepEqual(
      taken,
      Array.from({ length: 50 }, (_, offset) => offset),
    )
  })

  test('without a broker a wait lasts its time, and the tail can be disposed', async (t) => {
    const tail = openTail(t, 5_000, '127.0.0.1:1')

    assert.equal(await tail.waitForRecords('any', allFrom(1), { timeoutMs: 300 }), false)
    await tail[Symbol.asyncDispose]()
  })
})
