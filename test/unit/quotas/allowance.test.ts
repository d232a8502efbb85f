import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Allowance } from '../../../src/quotas/allowance.ts'

const ten = { limit: 10, seconds: 1 }
const longAgo = 1_000_000

/** Spends one by one for as long as there is something to spend. */
function spendAll(allowance: Allowance, now: number, replicas = 1): number {
  let spent = 0
  for (; allowance.waitMs(1, replicas, now) === 0; spent++) allowance.spend(1, replicas, now)
  return spent
}

suite('an allowance', () => {
  test('gives the whole limit at once, and then as time goes by', () => {
    const allowance = new Allowance(ten)

    assert.equal(allowance.left(1, longAgo), 10)
    assert.equal(spendAll(allowance, longAgo), 10)
    assert.equal(allowance.left(1, longAgo), 0)
    assert.equal(Math.round(allowance.waitMs(1, 1, longAgo)), 100)
    assert.equal(spendAll(allowance, longAgo + 350), 3)
    assert.equal(allowance.fullInSeconds(longAgo + 350), 1)
    assert.equal(spendAll(allowance, longAgo + 60_000), 10)
  })

  test('takes what is larger than the limit when it is full, and then nothing until that is made up for', () => {
    const allowance = new Allowance(ten)

    assert.equal(allowance.waitMs(1_000, 1, longAgo), 0)
    allowance.spend(1_000, 1, longAgo)

    assert.equal(Math.round(allowance.waitMs(1, 1, longAgo)), 99_100)
    assert.equal(allowance.waitMs(1, 1, longAgo + 99_100), 0)
    assert.equal(Math.round(allowance.waitMs(1_000, 1, longAgo + 99_100)), 900)
    assert.equal(allowance.waitMs(1_000, 1, longAgo + 100_000), 0)
  })

  test('is divided by the replicas, from one moment to the next', () => {
    const allowance = new Allowance(ten)

    assert.equal(allowance.left(2, longAgo), 5)
    assert.equal(spendAll(allowance, longAgo, 2), 5)
    assert.equal(spendAll(allowance, longAgo + 1_000, 5), 2)
    assert.equal(spendAll(allowance, longAgo + 2_000, 1), 10)
  })

  test('gives a part of one that is less than one, in its time', () => {
    const allowance = new Allowance({ limit: 1, seconds: 1 })

    assert.equal(spendAll(allowance, longAgo, 20), 1)
    assert.equal(spendAll(allowance, longAgo + 19_000, 20), 0)
    assert.equal(spendAll(allowance, longAgo + 20_000, 20), 1)
  })

  test('never gives more than the limit and what flows in, whatever is asked for and when', () => {
    const asks = fc.array(fc.record({ after: fc.nat(700), cost: fc.integer({ min: 1, max: 10 }) }), { maxLength: 300 })
    const rates = fc.record({ limit: fc.integer({ min: 10, max: 1_000 }), seconds: fc.integer({ min: 1, max: 60 }) })

    fc.assert(
      fc.property(rates, asks, fc.integer({ min: 1, max: 4 }), (rate, sequence, replicas) => {
        const parts = Array.from({ length: replicas }, () => new Allowance(rate))
        let now = longAgo
        let spent = 0
        for (const { after, cost } of sequence) {
          now += after
          const part = parts[after % replicas] as Allowance
          if (cost * replicas > rate.limit || part.waitMs(cost, replicas, now) > 0) continue
          part.spend(cost, replicas, now)
          spent += cost
        }
        const flowed = ((now - longAgo) / 1_000) * (rate.limit / rate.seconds)
        assert.ok(spent <= rate.limit + flowed + 1e-3, `${spent} of ${rate.limit} and ${flowed}`)
      }),
    )
  })

  test('has after its wait what it waited for', () => {
    const spends = fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 20 })

    fc.assert(
      fc.property(
        spends,
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 9 }),
        (costs, cost, replicas) => {
          const allowance = new Allowance({ limit: 100, seconds: 7 })
          for (const each of costs) allowance.spend(each, replicas, longAgo)
          const wait = allowance.waitMs(cost, replicas, longAgo)

          assert.equal(allowance.waitMs(cost, replicas, longAgo + wait), 0)
          if (wait > 1) assert.ok(allowance.waitMs(cost, replicas, longAgo + wait - 1) > 0)
        },
      ),
    )
  })
})
