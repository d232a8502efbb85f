import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { TransactionalProducer } from '../../../src/kafka/transactional-producer.ts'
import { uniqueName } from '../../support/gateway.ts'
import { createTopic } from '../../support/kafka.ts'
import { pollUntil } from '../../support/poll.ts'
import { allFrom, kafkaLog, openPool, settingsFor } from './room.ts'

async function begin(t: TestContext, id: string): Promise<TransactionalProducer> {
  const properties = settingsFor().transaction
  const producer = await TransactionalProducer.begin({ properties, id, kafkaLog, deadline: Date.now() + 20_000 })
  t.after(() => producer[Symbol.asyncDispose]())
  return producer
}

const recordOf = (topic: string, value: string) => ({
  topic,
  record: { key: null, value: Buffer.from(value), timestamp: Date.now(), headers: [] },
})
/** Brokers confirm a commit before they show it to readers. */
async function textsOf(t: TestContext, topic: string, count: number): Promise<string[]> {
  const pool = openPool(t)
  const limits = { maxEvents: 100, maxBytes: 1_000_000, timeoutMs: 10_000 }
  let texts: string[] = []
  await pollUntil(async () => {
    const { records } = await pool.read({ topic, positions: allFrom(1), ...limits })
    texts = records.map(({ value }) => String(value))
    return texts.length >= count
  })
  return texts
}

suite('TransactionalProducer', () => {
  test('writes records, and those that say where they stand, together', async (t) => {
    const [events, marks] = [await createTopic(t), await createTopic(t)]
    const producer = await begin(t, uniqueName('txn'))

    const done = await producer.transact([recordOf(events, 'a'), recordOf(events, 'b')], (positions) =>
      positions.map(({ offset }) => recordOf(marks, String(offset))),
    )

    assert.deepEqual(done, {
      status: 'committed',
      positions: [
        { partition: 0, offset: 0 },
        { partition: 0, offset: 1 },
      ],
    })
    assert.deepEqual(await textsOf(t, events, 2), ['a', 'b'])
    assert.deepEqual(await textsOf(t, marks, 2), ['0', '1'])
  })

  test('writes nothing of a transaction one of whose records Kafka refuses, and the next one of its id goes on', async (t) => {
    const [events, small] = [await createTopic(t), await createTopic(t, { config: { 'max.message.bytes': '1000' } })]
    const id = uniqueName('txn')
    const producer = await begin(t, id)

    const done = await producer.transact(
      [recordOf(events, 'lost'), recordOf(small, Array.from({ length: 9_000 }, (_, n) => n).join())],
      () => [],
    )
    const next = await (await begin(t, id)).transact([recordOf(events, 'kept')], () => [])

    assert.equal(done.status, 'aborted')
    assert.equal(next.status, 'committed')
    assert.deepEqual(await textsOf(t, events, 1), ['kept'])
  })

  test('can write nothing more once another one has begun, not even what it was about to commit', async (t) => {
    const events = await createTopic(t)
    const id = uniqueName('txn')
    const first = await begin(t, id)
    await first.transact([recordOf(events, 'of the first')], () => [])

    const held = await first.transact([recordOf(events, 'half')], () => [])
    assert.equal(held.status, 'committed')
    const second = await begin(t, id)
    const late = await first.transact([recordOf(events, 'late')], () => [])
    const other = await second.transact([recordOf(events, 'of the second')], () => [])

    assert.deepEqual(
      [late.status, 'isSuperseded' in late && late.isSuperseded],
      ['aborted', true],
      JSON.stringify(late),
    )
    assert.equal(other.status, 'committed')
    assert.deepEqual(await textsOf(t, events, 3), ['of the first', 'half', 'of the second'])
  })
})
