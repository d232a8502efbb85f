import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import type { Transacted } from '../../../src/kafka/transactional-producer.ts'
import { type Settling, writeReplayed } from '../../../src/refusals/replay-transactions.ts'

const events = (count: number) =>
  Array.from({ length: count }, (_, of) => ({
    id: `id-${of}`,
    of,
    record: { key: null, value: Buffer.from(String(of)), timestamp: 1, headers: [] },
  }))
const topics = { topic: 'orders', log: 'refusals' }
const content = { by: { kind: 'token', id: 'ops' }, requestId: 'r' } as const

/** Kafka takes every transaction but those that have one of the bad events. */
function kafkaWith(bad: readonly number[], answer?: (values: number[]) => Transacted | undefined) {
  const written: number[] = []
  const marked: number[] = []
  const counts = { transactions: 0, renewals: 0 }
  const settling: Settling = {
    async transact(records, others) {
      counts.transactions++
      const values = records.map(({ record }) => Number(record.value))
      const given = answer?.(values)
      if (given) return given
      if (values.some((value) => bad.includes(value)))
        return { status: 'aborted', reason: 'too large', isSuperseded: false, code: 10 }
      const positions = values.map((value) => ({ partition: 0, offset: 100 + value }))
      written.push(...values)
      marked.push(...others(positions).map(({ record }) => JSON.parse(String(record.value)).of))
      return { status: 'committed', positions }
    },
    renew: async () => {
      counts.renewals++
    },
    isOpen: (of) => !marked.includes(of),
    settled() {},
  }
  return { settling, written, marked, counts }
}

suite('writeReplayed', () => {
  test('writes all events and their marks together', async () => {
    const { settling, written, marked, counts } = kafkaWith([])

    const { outcomes, stopped } = await writeReplayed(settling, events(5), topics, content)

    assert.deepEqual([written, marked, counts], [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], { transactions: 1, renewals: 0 }])
    assert.equal(stopped, undefined)
    assert.deepEqual(outcomes[2], {
      id: 'id-2',
      outcome: 'replayed',
      partition: 0,
      offset: 102,
      timestamp: '1970-01-01T00:00:00.001Z',
    })
  })

  test('finds those that Kafka refuses, and writes the others in their order', async () => {
    const { settling, written, counts } = kafkaWith([13, 77])

    const { outcomes } = await writeReplayed(settling, events(100), topics, content)

    assert.deepEqual(
      written,
      events(100)
        .map(({ of }) => of)
        .filter((of) => of !== 13 && of !== 77),
    )
    assert.deepEqual(
      outcomes.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id),
      ['id-13', 'id-77'],
    )
    assert.ok(counts.transactions < 40, `${counts.transactions}`)
  })

  test('stops where another one has taken its place, and tells what was written before', async () => {
    const superseded = { status: 'aborted', reason: 'fenced', isSuperseded: true, code: -144 } as const
    const { settling } = kafkaWith([0], (values) => (values.includes(3) && values.length < 4 ? superseded : undefined))

    const { outcomes, stopped } = await writeReplayed(settling, events(4), topics, content)

    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['failed', 'replayed'],
    )
    assert.equal(stopped?.code, 'replay-superseded')
  })

  test('leaves open what Kafka has not said, and stops', async () => {
    const { settling } = kafkaWith([], () => ({ status: 'unknown', reason: 'timed out', isSuperseded: false }))

    const { outcomes, stopped } = await writeReplayed(settling, events(2), topics, content)

    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['unknown', 'unknown'],
    )
    assert.equal(stopped?.code, 'outcome-unknown')
  })

  test('writes nothing of what others have settled meanwhile', async () => {
    const { settling, written, marked } = kafkaWith([1])
    const taken: Settling = { ...settling, renew: async () => void marked.push(0) }

    const { outcomes } = await writeReplayed(taken, events(2), topics, content)

    assert.deepEqual(written, [])
    assert.deepEqual(
      outcomes.map(({ id, outcome }) => [id, outcome]),
      [['id-1', 'failed']],
    )
  })

  test('stops where it cannot begin again', async () => {
    const { settling } = kafkaWith([0])
    const away: Settling = { ...settling, renew: () => Promise.reject(new GatewayError('kafka-unavailable', 'away')) }

    const { outcomes, stopped } = await writeReplayed(away, events(2), topics, content)

    assert.deepEqual([outcomes, stopped], [[], { code: 'kafka-unavailable', detail: 'away' }])
  })
})
