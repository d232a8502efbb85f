import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LeaseTokens } from '../../../src/subscriptions/lease-token.ts'
import { cursorSecret } from '../../support/gateway.ts'
import { LeaseJudge } from '../../support/lease-judge.ts'
import type { ReceivedEvent } from '../../support/subscriptions.ts'

const tokens = new LeaseTokens([cursorSecret])

const eventOf = (n: number, lease: number, until: number, key = `key-${n}`): ReceivedEvent => {
  const named = { subscription: 's', topicId: 't', partition: 0, offset: n, run: 1, deliveries: 1 }
  const event = { topic: 't', partition: 0, offset: n, timestamp: null, key, headers: {}, value: { n }, schema: null }
  return { token: tokens.sign({ ...named, lease, until }), deliveries: 1, leaseEndsAt: '', event }
}

suite('the judge of leases', () => {
  test('takes an event for given again by its owner only when its lease was over', () => {
    const judge = new LeaseJudge()
    judge.given([eventOf(1, 5, 100)], 10, 20)
    judge.given([eventOf(1, 6, 200)], 90, 110)
    judge.given([eventOf(1, 7, 300)], 120, 130)

    const { expired, moved, faults } = judge.verdict()

    assert.deepEqual(
      { expired, moved, faults },
      { expired: 1, moved: 0, faults: ['1 was given again while its lease went on'] },
    )
  })

  test('tells the lease of another owner by its number, and the same lease from another one', () => {
    const judge = new LeaseJudge()
    judge.given([eventOf(1, 5, 100)], 10, 20)
    judge.given([eventOf(1, 5, 100)], 30, 40)
    judge.given([eventOf(1, 5_000_000_000, 200)], 50, 60)

    const { expired, moved, faults } = judge.verdict()

    assert.deepEqual({ expired, moved, faults }, { expired: 0, moved: 1, faults: [] })
  })

  test('finds what was given again after it was acknowledged', () => {
    const judge = new LeaseJudge()
    judge.given([eventOf(1, 5, 100)], 10, 20)
    judge.askedToAcknowledge([1], 21)
    judge.confirm(1, 25)
    judge.given([eventOf(1, 5_000_000_000, 200)], 26, 30)

    assert.deepEqual(judge.verdict().faults, ['1 was given again after it was acknowledged'])
  })

  test('finds an event that was given before the one before it of its key was acknowledged', () => {
    const judge = new LeaseJudge()
    judge.given([eventOf(1, 5, 100, 'k')], 10, 20)
    judge.given([eventOf(2, 6, 100, 'k')], 21, 25)
    judge.askedToAcknowledge([1, 2], 30)

    assert.deepEqual(judge.verdict().faults, ['2 was given before 1 of its key was acknowledged'])
  })
})
