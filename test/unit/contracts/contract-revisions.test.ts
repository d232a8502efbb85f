import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { ContractRevision } from '../../../src/contracts/contract-revision.ts'
import { ContractRevisions } from '../../../src/contracts/contract-revisions.ts'

const topic = 'orders'
const revisionOf = (revision: number, writer: string): ContractRevision => ({
  key: `${topic}/${writer}-${revision}`,
  topic,
  revision,
  contract: { topic, owner: writer },
  at: 0,
  by: writer,
  file: null,
  changed: [],
})

const currentOf = (log: readonly ContractRevision[], most: number): string | undefined => {
  const revisions = new ContractRevisions(most)
  for (const each of log) revisions.take(each)
  return revisions.current(topic)?.key
}

/** A writer knows a part of the log, and takes the number after the highest of it. */
const steps = fc.array(fc.record({ writer: fc.integer({ min: 0, max: 3 }), behind: fc.nat(6) }), { maxLength: 60 })

function logOf(written: { writer: number; behind: number }[], most: number): ContractRevision[] {
  const log: ContractRevision[] = []
  for (const [index, { writer, behind }] of written.entries()) {
    const known = new ContractRevisions(most)
    for (const each of log.slice(0, Math.max(0, log.length - behind))) known.take(each)
    log.push(revisionOf((known.current(topic)?.revision ?? 0) + 1, `${writer}-${index}`))
  }
  return log
}

suite('the revisions of a contract', () => {
  test('are in force by number; of two with one number the first', () => {
    const revisions = new ContractRevisions(100)

    const taken = [revisionOf(1, 'a'), revisionOf(1, 'b'), revisionOf(2, 'b'), revisionOf(2, 'a')].map((each) =>
      revisions.take(each),
    )

    assert.deepEqual(taken, [true, false, true, false])
    assert.equal(revisions.current(topic)?.by, 'b')
    assert.deepEqual(revisions.takeSpent(topic), ['orders/b-1', 'orders/a-2'])
    assert.deepEqual(revisions.takeSpent(topic), [])
  })

  test('are the same where the log is given again, and none of them is given up for that', () => {
    const revisions = new ContractRevisions(100)
    const log = [revisionOf(1, 'a'), revisionOf(2, 'a'), revisionOf(3, 'b')]

    for (const each of [...log, ...log]) revisions.take(each)

    assert.deepEqual(revisions.history(topic), log.toReversed())
    assert.deepEqual(revisions.takeSpent(topic), [])
  })

  test('are kept as many as is said, and the oldest are given up', () => {
    const revisions = new ContractRevisions(3)

    for (let n = 1; n <= 5; n++) revisions.take(revisionOf(n, 'a'))

    assert.deepEqual(
      revisions.history(topic).map(({ revision }) => revision),
      [5, 4, 3],
    )
    assert.deepEqual(revisions.takeSpent(topic), ['orders/a-1', 'orders/a-2'])
  })

  test('are the same for a replica that reads them later, whatever compaction has taken of those that were given up', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), fc.infiniteStream(fc.boolean()), (written, most, coins) => {
        const log = logOf(written, most)
        const all = new ContractRevisions(most)
        for (const each of log) all.take(each)
        const spent = new Set(all.takeSpent(topic))
        const left = log.filter(({ key }) => !spent.has(key) || coins.next().value)

        assert.equal(currentOf(left, most), all.current(topic)?.key)
        // What is still there of those that were given up may be in the history in their place, but for the one in force.
        assert.equal(spent.has(all.current(topic)?.key ?? ''), false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('come to the same end on every replica that has read as much', () => {
    fc.assert(
      fc.property(steps, (written) => {
        const log = logOf(written, 100)
        const numbers = log.map(({ revision }) => revision)

        assert.equal(currentOf(log, 100), log.find(({ revision }) => revision === Math.max(...numbers))?.key)
      }),
    )
  })
})
