import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { PartitionLost } from '../../../src/errors/partition-lost.ts'
import { type GroupCommit, GroupCommits } from '../../../src/kafka/group-commits.ts'
import { kafkaCodes, type LibrdKafkaError } from '../../../src/kafka/native-client.ts'

const at = (partition: number, offset: number, metadata = ''): GroupCommit => ({
  topic: 't',
  partition,
  offset,
  metadata,
})
const errorOf = (code: number) => ({ code, message: `error ${code}` }) as LibrdKafkaError
const offsetsOf = (batch: readonly GroupCommit[] | undefined) =>
  batch?.map(({ partition, offset }) => [partition, offset])

/** Commits whose requests are kept until the test answers them. */
function open(limitMs = 5_000) {
  const sent: GroupCommit[][] = []
  const owned = new Set([0, 1, 2])
  const commits = new GroupCommits({
    send: (positions) => sent.push(positions),
    owns: ({ partition }) => owned.has(partition),
    limitMs,
  })
  const lose = (partition: number) => {
    owned.delete(partition)
    commits.drop([{ topic: 't', partition }])
  }
  return { sent, owned, commits, lose }
}

const settled = async (promise: Promise<unknown>) =>
  await Promise.race([
    promise.then(
      () => 'done',
      (error) => error,
    ),
    new Promise((resolve) => setImmediate(resolve, 'open')),
  ])

suite('GroupCommits', () => {
  test('one request at a time; what comes meanwhile goes with the next, of each partition the last', async () => {
    const { sent, commits } = open()
    const first = commits.add(at(0, 1))
    const others = [commits.add(at(0, 2)), commits.add(at(1, 5)), commits.add(at(0, 3))]

    assert.deepEqual(sent.map(offsetsOf), [[[0, 1]]])
    commits.answered(undefined, sent[0] ?? [])
    await first
    assert.equal(await settled(others[0] as Promise<void>), 'open')
    assert.deepEqual(offsetsOf(sent[1]), [
      [0, 3],
      [1, 5],
    ])
    commits.answered(undefined, sent[1] ?? [])
    await Promise.all(others)
  })

  for (const name of ['ERR_REBALANCE_IN_PROGRESS', 'ERR_STALE_MEMBER_EPOCH', 'ERR__TRANSPORT'] as const) {
    test(`${name}: it is sent again, unless there is a later one`, async () => {
      const { sent, commits } = open()
      const first = commits.add(at(0, 1))
      const second = commits.add(at(0, 2))

      commits.answered(errorOf(kafkaCodes[name]), sent[0] ?? [])
      assert.equal(await settled(first), 'open')
      while (sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))

      assert.deepEqual(offsetsOf(sent[1]), [[0, 2]])
      commits.answered(undefined, sent[1] ?? [])
      await Promise.all([first, second])
    })
  }

  test('a refusal of several is looked into one by one, because it does not say of which', async () => {
    const { sent, commits } = open()
    const zero = commits.add(at(2, 0))
    const [good, bad] = [commits.add(at(0, 1)), commits.add(at(1, 1, 'too long for this broker'))]
    commits.answered(undefined, sent[0] ?? [])
    await zero

    commits.answered(errorOf(kafkaCodes.ERR_OFFSET_METADATA_TOO_LARGE), sent[1] ?? [])
    commits.answered(undefined, sent[2] ?? [])
    commits.answered(errorOf(kafkaCodes.ERR_OFFSET_METADATA_TOO_LARGE), sent[3] ?? [])

    assert.deepEqual(sent.slice(2).map(offsetsOf), [[[0, 1]], [[1, 1]]])
    await good
    await assert.rejects(bad, (error) => error instanceof GatewayError && error.code === 'kafka-unavailable')
  })

  test('a member that Kafka does not know has lost the partition', async () => {
    const { sent, commits } = open()
    const commit = commits.add(at(0, 1))

    commits.answered(errorOf(kafkaCodes.ERR_UNKNOWN_MEMBER_ID), sent[0] ?? [])

    await assert.rejects(commit, PartitionLost)
  })

  test('what is lost is rejected at once, never sent again, and holds nobody up; its late answer is nobody else’s', async () => {
    const { sent, commits, lose, owned } = open()
    const under = commits.add(at(0, 1))
    const waiting = commits.add(at(0, 2))
    const other = commits.add(at(1, 1))

    lose(0)

    await Promise.all([under, waiting].map((commit) => assert.rejects(commit, PartitionLost)))
    assert.deepEqual(sent.map(offsetsOf), [[[0, 1]], [[1, 1]]])
    owned.add(0)
    const again = commits.add(at(0, 1))
    commits.answered(errorOf(kafkaCodes.ERR_REBALANCE_IN_PROGRESS), [{ topic: 't', partition: 0, offset: 1 }])
    assert.equal(await settled(other), 'open')
    commits.answered(undefined, sent[1] ?? [])
    await other
    assert.deepEqual(offsetsOf(sent[2]), [[0, 1]])
    commits.answered(undefined, sent[2] ?? [])
    await again
  })

  test('a retry leaves out what was lost while it was under way', async () => {
    const { sent, commits, lose } = open()
    const first = commits.add(at(2, 1))
    const [lost, kept] = [commits.add(at(0, 1)), commits.add(at(1, 1))]
    commits.answered(undefined, sent[0] ?? [])
    await first

    lose(0)
    const rejected = assert.rejects(lost, PartitionLost)
    commits.answered(errorOf(kafkaCodes.ERR_REBALANCE_IN_PROGRESS), sent[1] ?? [])
    while (sent.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))

    await rejected
    assert.deepEqual(offsetsOf(sent[2]), [[1, 1]])
    commits.answered(undefined, sent[2] ?? [])
    await kept
  })

  test('without an answer in time nothing is known; a later one may still be taken', async () => {
    const { sent, commits } = open(30)
    const first = commits.add(at(0, 1))

    await assert.rejects(first, (error) => error instanceof GatewayError && error.code === 'kafka-unavailable')
    const second = commits.add(at(0, 2))
    commits.answered(undefined, sent[0] ?? [])
    commits.answered(undefined, sent[1] ?? [])
    await second
  })

  test('settled waits for what is under way and what is to be sent, whatever becomes of it', async () => {
    const { sent, commits } = open()
    const first = commits.add(at(0, 1))
    const second = commits.add(at(0, 2))
    const all = commits.settled([{ topic: 't', partition: 0 }])
    const none = commits.settled([{ topic: 't', partition: 1 }])

    assert.equal(await settled(none), 'done')
    commits.answered(undefined, sent[0] ?? [])
    assert.equal(await settled(all), 'open')
    commits.answered(errorOf(kafkaCodes.ERR_UNKNOWN_MEMBER_ID), sent[1] ?? [])
    await all
    await first
    await assert.rejects(second, PartitionLost)
  })
})
