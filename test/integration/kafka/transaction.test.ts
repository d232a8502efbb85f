import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import type { GatewayError } from '../../../src/errors/gateway-error.ts'
import { Transaction } from '../../../src/kafka/transaction.ts'
import { uniqueName } from '../../support/gateway.ts'
import { createTopic } from '../../support/kafka.ts'
import { kafkaLog, openPool, settingsFor } from './room.ts'

async function opened(t: TestContext, id: string): Promise<Transaction> {
  const transaction = await Transaction.open({ properties: settingsFor().transaction, id, kafkaLog })
  t.after(() => transaction[Symbol.asyncDispose]())
  return transaction
}

const recordOf = (topic: string, text: string, partition = 0) => ({
  topic,
  record: { partition, key: null, value: Buffer.from(text), timestamp: Date.now(), headers: [] },
})

async function textsIn(t: TestContext, topic: string): Promise<string[]> {
  const request = { topic, positions: new Map([[0, 0]]), maxEvents: 100, maxBytes: 1_000_000, timeoutMs: 10_000 }
  const { records } = await openPool(t).read(request)
  return records.map(({ value }) => String(value))
}

suite('Transaction', () => {
  test('writes all its records, to several topics', async (t) => {
    const [one, two] = [await createTopic(t), await createTopic(t)]
    const transaction = await opened(t, uniqueName('headgate.test'))

    await transaction.commit([recordOf(one, 'a'), recordOf(two, 'b'), recordOf(one, 'c')])

    assert.deepEqual(await textsIn(t, one), ['a', 'c'])
    assert.deepEqual(await textsIn(t, two), ['b'])
  })

  test('writes nothing once somebody else has opened its id, who is not disturbed', async (t) => {
    const topic = await createTopic(t)
    const id = uniqueName('headgate.test')
    const first = await opened(t, id)
    const second = await opened(t, id)

    await assert.rejects(first.commit([recordOf(topic, 'first')]), { code: 'kafka-unavailable' })
    await second.commit([recordOf(topic, 'second')])

    assert.deepEqual(await textsIn(t, topic), ['second'])
  })

  test('writes nothing at all where one record cannot be written, and says so', async (t) => {
    const topic = await createTopic(t)
    const transaction = await opened(t, uniqueName('headgate.test'))

    const failed = transaction.commit([recordOf(topic, 'good'), recordOf(topic, 'nowhere', 9)])

    await assert.rejects(failed, ({ code, extras }: GatewayError) => code === 'kafka-unavailable' && !extras.mayBeDone)
    assert.deepEqual(await textsIn(t, topic), [])
  })
})
