import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { AnswerLog, type Ending, type Exchange, endings, readAnswerLog } from '../../../faults/answer-log.ts'
import { type Faults, isTrue, judge, type StoredEvent } from '../../../faults/judge.ts'

const slackMs = 1_000
const claimsAbsence: readonly Ending[] = ['refused', 'withheld', 'failed', 'turned-away', 'not-taken', 'unsent']

/** A request with one event; a published one is at offset 100 + its id. */
function answered(id: number, ending: Ending, changes: Partial<Exchange> = {}): Exchange {
  const places = [ending === 'published' ? { partition: 0, offset: 100 + id } : null]
  return { way: 'one', ids: [id], limitMs: 10_000, ms: 5, endings: [ending], places, ...changes }
}

const at = (id: number, offset = 100 + id): StoredEvent => ({ id, partition: 0, offset })

function foundIn(exchanges: readonly Exchange[], stored: readonly StoredEvent[], open?: readonly Ending[]) {
  const verdict = judge(exchanges, stored, { slackMs, ...(open && { open }) })
  const kinds = Object.entries(verdict.faults).filter(([, found]) => found.length > 0)
  assert.equal(isTrue(verdict), kinds.length === 0)
  return kinds.map(([kind]) => kind as keyof Faults)
}

suite('the judge of a faulted run', () => {
  test('finds nothing where every answer is true', () => {
    const exchanges = [answered(1, 'published'), ...claimsAbsence.map((ending, index) => answered(10 + index, ending))]
    const open = [
      answered(20, 'unknown'),
      answered(21, 'unknown'),
      answered(22, 'unanswered'),
      answered(23, 'unanswered'),
    ]

    assert.deepEqual(foundIn([...exchanges, ...open], [at(1), at(20), at(22)]), [])
  })

  test('finds a published event that is absent', () => {
    assert.deepEqual(foundIn([answered(1, 'published'), answered(2, 'published')], [at(2)]), ['lost'])
  })

  for (const ending of claimsAbsence) {
    test(`finds an event that is present though it was ${ending}`, () => {
      assert.deepEqual(foundIn([answered(1, ending)], [at(1)]), ['falselyFailed'])
    })
  }

  test('finds an unanswered event that is present, where nothing that was taken may stay unanswered', () => {
    assert.deepEqual(foundIn([answered(1, 'unanswered')], [at(1)], ['unknown']), ['falselyFailed'])
  })

  for (const ending of endings) {
    test(`finds an event that is there twice, whatever was answered: ${ending}`, () => {
      assert.ok(foundIn([answered(1, ending)], [at(1), at(1, 900)]).includes('doubled'))
    })
  }

  test('finds an event that is elsewhere than the answer says', () => {
    assert.deepEqual(foundIn([answered(1, 'published')], [at(1, 7)]), ['misplaced'])
    assert.deepEqual(foundIn([answered(1, 'published', { places: [null] })], [at(1)]), ['misplaced'])
  })

  test('finds an event that nobody sent', () => {
    assert.deepEqual(foundIn([], [at(1)]), ['stray'])
  })

  test('finds an answer that came after its deadline and the slack', () => {
    assert.deepEqual(foundIn([answered(1, 'unknown', { ms: 11_000 })], []), [])
    assert.deepEqual(foundIn([answered(1, 'unknown', { ms: 11_001 })], []), ['late'])
  })

  test('finds a request that was turned away, but not at once', () => {
    assert.deepEqual(foundIn([answered(1, 'turned-away', { ms: 1_001 })], []), ['late'])
  })

  test('finds an answer that is not documented', () => {
    assert.deepEqual(foundIn([answered(1, 'unanswered', { oddity: 'status 500' })], []), ['odd'])
  })

  test('judges each event of a batch by itself, and counts them', () => {
    const batch = answered(0, 'published', {
      way: 'batch skip',
      ids: [1, 2, 3],
      endings: ['published', 'refused', 'published'],
      places: [{ partition: 0, offset: 101 }, null, { partition: 0, offset: 103 }],
    })

    const verdict = judge([batch], [at(1), at(2)], { slackMs })

    assert.deepEqual(verdict.faults.lost, ['event 3 (batch skip, published)'])
    assert.deepEqual(verdict.faults.falselyFailed, ['event 2 (batch skip, refused)'])
    assert.deepEqual([verdict.events, verdict.endings.published, verdict.endings.refused], [3, 2, 1])
  })
})

suite('the log of a faulted run', () => {
  test('gives back what was asked and answered', (t) => {
    const path = logPath(t)
    const { way, ids, limitMs, ...answer } = answered(1, 'published')
    using log = new AnswerLog(path)

    log.answer(log.ask({ way, ids, limitMs }), answer)

    assert.deepEqual(readAnswerLog(path), [{ ...answered(1, 'published'), oddity: undefined }])
  })

  test('shows a request that nobody waited for as a fault', (t) => {
    const path = logPath(t)
    using log = new AnswerLog(path)

    log.ask({ way: 'one', ids: [1], limitMs: 10_000 })

    assert.deepEqual(foundIn(readAnswerLog(path), []), ['odd'])
  })
})

function logPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-log-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'answers.ndjson')
}
