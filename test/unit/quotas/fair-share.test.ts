import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { isBeyondShare } from '../../../src/quotas/fair-share.ts'

const room = 1_000

/** Who wants more and more of a room gets as much as he may. */
function fill(held: Map<string, number>, caller: string): number {
  const usedBy = () => [...held.values()].reduce((sum, each) => sum + each, 0)
  for (;;) {
    const own = held.get(caller) ?? 0
    const holders = held.size + (own > 0 ? 0 : 1)
    const used = usedBy()
    if (used >= room || isBeyondShare({ room, used, held: own, wanted: 1, holders })) return own
    held.set(caller, own + 1)
  }
}

suite('a fair share', () => {
  test('of one caller alone is half of the room, and then of each that comes what would be his with one more', () => {
    const held = new Map<string, number>()

    assert.equal(fill(held, 'first'), 500)
    assert.equal(fill(held, 'second'), 333)
    assert.equal(fill(held, 'third'), 167)
    assert.equal(fill(held, 'first'), 500)
  })

  test('leaves something to whoever comes next, however many take all that they can', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (callers) => {
        const held = new Map<string, number>()
        // All of them at once, one by one.
        for (let isGrowing = true; isGrowing; ) {
          isGrowing = false
          for (let caller = 0; caller < callers; caller++) {
            const own = held.get(`${caller}`) ?? 0
            const used = [...held.values()].reduce((sum, each) => sum + each, 0)
            const holders = held.size + (own > 0 ? 0 : 1)
            if (used >= room || isBeyondShare({ room, used, held: own, wanted: 1, holders })) continue
            held.set(`${caller}`, own + 1)
            isGrowing = true
          }
        }
        const shares = [...held.values()]
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1)
        assert.ok(fill(held, 'next') >= Math.floor(room / (callers + 2)))
      }),
    )
  })

  test('is not asked for while half of the room is free, nor of who has nothing yet', () => {
    assert.equal(isBeyondShare({ room, used: 490, held: 490, wanted: 10, holders: 9 }), false)
    assert.equal(isBeyondShare({ room, used: 491, held: 491, wanted: 10, holders: 9 }), true)
    assert.equal(isBeyondShare({ room, used: 400, held: 0, wanted: 600, holders: 2 }), false)
  })
})
