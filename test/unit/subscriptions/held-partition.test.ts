import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { GroupCommit } from '../../../src/kafka/group-commits.ts'
import type { StoredRecord } from '../../../src/kafka/record.ts'
import { HeldPartition, type HeldPartitionParts } from '../../../src/subscriptions/held-partition.ts'
import { capturedLog } from '../../support/captured-log.ts'

const bounds = { unleased: 10, events: 21, bytes: 10_000 }
const untilLong = Date.now() + 600_000

function records(from: number, count: number, bytes = 1): StoredRecord[] {
  return Array.from({ length: count }, (_, index) => ({ offset: from + index, bytes, key: null }) as StoredRecord)
}

function held(given: Partial<HeldPartitionParts> = {}) {
  const calls: string[] = []
  const commits: GroupCommit[] = []
  const member: ReturnType<HeldPartitionParts['member']> = {
    commit: async (commit) => void commits.push(commit),
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    seek: async ({ offset }) => void calls.push(`seek ${offset}`),
  }
  const partition = new HeldPartition({
    topic: 'orders',
    partition: 0,
    topicId: 'id',
    settings: { maxDeliveries: 3, leaseMs: 30_000, orderedByKey: false, maxLeased: 100, metadataCharacters: 4_095 },
    position: { offset: 0, metadata: '' },
    bounds,
    member: () => member,
    admits: undefined,
    shown: (record) => record,
    bury: async () => {},
    onChange: () => {},
    log: capturedLog().log,
    ...given,
  })
  const lease = (max: number) => {
    const { ledger } = partition
    const { events } = ledger.lease({ max, maxBytes: 1_000_000, until: untilLong, receiveKey: null }, Date.now())
    return events.map(({ offset, deliveries, term }) => ({
      offset,
      run: ledger.run,
      lease: term.lease,
      deliveries,
      until: term.until,
    }))
  }
  const acknowledge = (refs: ReturnType<typeof lease>) => partition.ledger.acknowledge(refs, Date.now())
  return { partition, calls, commits, lease, acknowledge }
}

suite('a held partition', () => {
  test('is fetched no more once enough events wait for a receiver, and again once half of them do', () => {
    const { partition, calls, lease } = held()

    partition.take(records(0, 9))
    assert.deepEqual(calls, [])
    partition.take(records(9, 1))
    assert.deepEqual(calls, ['pause'])
    lease(5)
    partition.balance()
    assert.deepEqual(calls, ['pause'])
    lease(1)
    partition.balance()
    assert.deepEqual(calls, ['pause', 'resume'])
  })

  test('is fetched no more once enough events are held, leased or not, or enough bytes', () => {
    const leased = held()
    leased.partition.take(records(0, 9))
    const refs = leased.lease(9)
    leased.partition.take(records(9, 9))
    refs.push(...leased.lease(9))
    leased.partition.take(records(18, 3))
    assert.deepEqual(leased.calls, ['pause'])
    leased.acknowledge(refs.slice(0, 11))
    leased.partition.balance()
    assert.deepEqual(leased.calls, ['pause', 'resume'])

    const large = held()
    large.partition.take(records(0, 1, bounds.bytes))
    assert.deepEqual(large.calls, ['pause'])
  })

  test('counts what its filter has not judged yet, and never what it refuses', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const { partition, calls } = held({ admits: () => promise })

    partition.take(records(0, 10))
    assert.deepEqual(calls, ['pause'])
    resolve(false)
    while (partition.ledger.next < 10) await turn()

    assert.deepEqual(calls, ['pause', 'resume'])
    assert.equal(partition.ledger.held, 0)
  })

  test('commits what is new, once', async () => {
    const { partition, commits, lease, acknowledge } = held()
    partition.take(records(0, 3))
    acknowledge(lease(2))

    await partition.commit()
    await partition.commit()

    assert.deepEqual(
      commits.map(({ offset }) => offset),
      [2],
    )
  })

  test('does not forget what is to be committed where Kafka refused it', async () => {
    let refusals = 1
    const commits: number[] = []
    const commit = async ({ offset }: GroupCommit) => {
      if (refusals-- > 0) throw new Error('not now')
      commits.push(offset)
    }
    const member = { commit, pause() {}, resume() {}, seek: async () => {} }
    const { partition, lease, acknowledge } = held({ member: () => member })
    partition.take(records(0, 1))
    acknowledge(lease(1))

    await assert.rejects(partition.commit(), /not now/)
    await partition.commit()

    assert.deepEqual(commits, [1])
  })
})
