import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { OffsetGone } from '../../../src/errors/offset-gone.ts'
import type { ReaderPool } from '../../../src/kafka/reader-pool.ts'
import type { StoredRecord } from '../../../src/kafka/record.ts'
import type { RecordProducer } from '../../../src/kafka/record-producer.ts'
import { createTopic, deleteRecords } from '../../support/kafka.ts'
import { pollUntil } from '../../support/poll.ts'
import { allFrom, connectedProducer, openPool, write } from './room.ts'
import { openTransactions } from './transactions.ts'

const timeoutMs = 10_000
const wide = { maxEvents: 10_000, maxBytes: 1e9, timeoutMs }

async function fill(
  producer: RecordProducer,
  topic: string,
  partitions: number,
  count: number,
  size = () => 20,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      write(producer, topic, {
        partition: i % partitions,
        key: Buffer.from(`${i}`),
        value: Buffer.alloc(size(), `${i} `),
      }),
    ),
  )
}

/** Reads on from `next` until the end, and says how many reads that took. */
async function readAll(
  pool: ReaderPool,
  topic: string,
  partitions: number,
  limits: () => { maxEvents: number; maxBytes: number },
) {
  const records: StoredRecord[] = []
  let positions = allFrom(partitions)
  for (let reads = 1; ; reads++) {
    assert.ok(reads < 5_000, 'the reads make no progress')
    const result = await pool.read({ topic, positions, timeoutMs, ...limits() })
    records.push(...result.records)
    positions = result.next
    if (result.atEnd) return { records, next: result.next, reads }
    assert.ok(result.records.length > 0, 'a read that is not at the end has at least one record')
  }
}

const offsetsOf = (records: StoredRecord[], partition: number) =>
  records.filter((record) => record.partition === partition).map(({ offset }) => offset)

suite('ReaderPool', () => {
  test('loses and repeats nothing across reads, whatever their limits', async (t) => {
    const partitions = 5
    const topic = await createTopic(t, { partitions })
    const producer = await connectedProducer(t)
    const pool = openPool(t, 2)
    await fill(producer, topic, partitions, 1_000, () => Math.floor(Math.random() * 300))

    for (let round = 0; round < 6; round++) {
      const maxEvents = 1 + Math.floor(Math.random() * 120)
      const maxBytes = 1 + Math.floor(Math.random() * 8_000)
      const { records } = await readAll(pool, topic, partitions, () => ({ maxEvents, maxBytes }))

      assert.equal(records.length, 1_000, `maxEvents ${maxEvents}, maxBytes ${maxBytes}`)
      for (let partition = 0; partition < partitions; partition++) {
        assert.deepEqual(
          offsetsOf(records, partition),
          Array.from({ length: 200 }, (_, i) => i),
        )
      }
    }
  })

  test('gives a record that is exactly at the byte limit, and leaves one that is a byte over to the next read', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    for (const bytes of [60, 40, 41, 500]) await write(producer, topic, { value: Buffer.alloc(bytes, 'x') })
    const read = (offset: number, maxBytes: number) =>
      pool.read({ topic, positions: allFrom(1, offset), maxEvents: 100, maxBytes, timeoutMs })

    const exact = await read(0, 100)
    const over = await read(1, 80)
    const larger = await read(3, 10)

    assert.deepEqual([exact.records.length, exact.next.get(0), exact.atEnd], [2, 2, false])
    assert.deepEqual([over.records.length, over.next.get(0), over.atEnd], [1, 2, false])
    assert.deepEqual([larger.records.length, larger.next.get(0)], [1, 4])
  })

  test('an empty partition and the end of one are read at once', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    await write(producer, topic, { partition: 1 })
    await pool.read({ topic, positions: allFrom(3), ...wide })

    const started = Date.now()
    const result = await pool.read({
      topic,
      positions: new Map([
        [0, 0],
        [1, 1],
        [2, 0],
      ]),
      ...wide,
    })

    assert.deepEqual(result, {
      records: [],
      next: new Map([
        [0, 0],
        [1, 1],
        [2, 0],
      ]),
      atEnd: true,
    })
    assert.ok(Date.now() - started < 500)
  })

  test('transaction markers and aborted records are no gap, and the position moves beyond them', async (t) => {
    const topic = await createTopic(t)
    const pool = openPool(t)
    const transactions = await openTransactions(t)
    await transactions(topic, ['one', 'two'], 'commit')
    await transactions(topic, ['never', 'never'], 'abort')
    await transactions(topic, ['three'], 'commit')
    await transactions(topic, ['never'], 'abort')

    const { records, next, reads } = await readAll(pool, topic, 1, () => ({ maxEvents: 1, maxBytes: 1 }))
    const again = await pool.read({ topic, positions: next, ...wide })

    assert.deepEqual(
      records.map(({ value }) => `${value}`),
      ['one', 'two', 'three'],
    )
    assert.equal(next.get(0), 10)
    assert.ok(reads <= 4)
    assert.deepEqual(again, { records: [], next, atEnd: true })
  })

  test('reads on over records that compaction removed', async (t) => {
    const topic = await createTopic(t, {
      config: {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.001',
        'max.compaction.lag.ms': '100',
        'delete.retention.ms': '0',
      },
    })
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    const key = Buffer.from('same')
    for (let i = 0; i < 5; i++) await write(producer, topic, { key, value: Buffer.from(`${i}`) })

    let count = 5
    const kept = () => pool.read({ topic, positions: allFrom(1), ...wide })
    await pollUntil(async () => {
      await write(producer, topic, { key, value: Buffer.from(`${count++}`) })
      return (await kept()).records.length < count / 2
    }, 60_000)
    const { records, next, atEnd } = await kept()

    assert.deepEqual([next.get(0), atEnd], [count, true])
    assert.equal(records.at(-1)?.offset, count - 1)
  })

  test('names partition, offset and first offset where retention has passed, also behind records of other partitions', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    await fill(producer, topic, 2, 20)
    await deleteRecords(topic, 1, 7)
    const gone = (error: unknown) =>
      error instanceof OffsetGone && error.partition === 1 && error.asked === 3 && error.first === 7

    await assert.rejects(pool.read({ topic, positions: new Map([[1, 3]]), ...wide }), gone)
    await assert.rejects(
      pool.read({
        topic,
        positions: new Map([
          [0, 0],
          [1, 3],
        ]),
        ...wide,
      }),
      gone,
    )
    const rest = await pool.read({
      topic,
      positions: new Map([
        [0, 0],
        [1, 7],
      ]),
      ...wide,
    })

    assert.equal(rest.records.length, 13)
  })

  test('a position beyond the end is gone too', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    await write(producer, topic)

    await assert.rejects(
      pool.read({ topic, positions: allFrom(1, 50), ...wide }),
      (error) => error instanceof OffsetGone && error.asked === 50 && error.first === 0,
    )
  })

  test('serves 300 reads at a time with four consumers, each with its own records', async (t) => {
    const topic = await createTopic(t, { partitions: 4 })
    const producer = await connectedProducer(t)
    const pool = openPool(t, 4)
    await fill(producer, topic, 4, 2_000)

    const results = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const partition = i % 4
        const from = (i * 37) % 480
        const result = await pool.read({
          topic,
          positions: new Map([[partition, from]]),
          maxEvents: 20,
          maxBytes: 1e6,
          timeoutMs: 30_000,
        })
        return { result, partition, from }
      }),
    )

    for (const { result, partition, from } of results) {
      assert.deepEqual(
        offsetsOf(result.records, partition),
        Array.from({ length: 20 }, (_, i) => from + i),
      )
      assert.equal(result.records.length, 20)
    }
    assert.equal(pool.openConsumers, 4)
  })

  test('a read that is given up leaves the pool as it was', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t, 1)
    await fill(producer, topic, 1, 2_000)
    const abort = new AbortController()
    const reads = Array.from({ length: 5 }, () =>
      pool.read({ topic, positions: allFrom(1), ...wide, signal: abort.signal }),
    )

    abort.abort(new Error('the client went'))
    for (const result of await Promise.allSettled(reads)) assert.equal(result.status, 'rejected')
    const { records } = await pool.read({ topic, positions: allFrom(1, 1_995), ...wide })

    assert.deepEqual(offsetsOf(records, 0), [1_995, 1_996, 1_997, 1_998, 1_999])
  })

  test('closes consumers that are idle, and opens another when it is asked again', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t, 2, 50)
    await write(producer, topic)

    await pool.read({ topic, positions: allFrom(1), ...wide })
    await pollUntil(() => pool.openConsumers === 0)
    const { records } = await pool.read({ topic, positions: allFrom(1), ...wide })

    assert.equal(records.length, 1)
  })

  test('says that a topic does not exist', async (t) => {
    const pool = openPool(t)

    await assert.rejects(
      pool.read({ topic: `no-such-topic-${crypto.randomUUID()}`, positions: allFrom(1), ...wide }),
      (error) => error instanceof GatewayError && error.code === 'topic-not-found',
    )
  })

  test('reads 500 records at random offsets in a few milliseconds', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t, 1)
    await fill(producer, topic, 1, 20_000, () => 200)
    const times: number[] = []

    for (let i = 0; i < 60; i++) {
      const from = Math.floor(Math.random() * 19_500)
      const started = performance.now()
      const { records } = await pool.read({
        topic,
        positions: allFrom(1, from),
        maxEvents: 500,
        maxBytes: 4e6,
        timeoutMs,
      })
      times.push(performance.now() - started)
      assert.equal(records[0]?.offset, from)
      assert.equal(records.length, 500)
    }
    times.sort((a, b) => a - b)
    t.diagnostic(`p50 ${times[30]?.toFixed(1)} ms, p95 ${times[57]?.toFixed(1)} ms`)

    assert.ok((times[30] ?? Number.POSITIVE_INFINITY) < 100)
  })
})
