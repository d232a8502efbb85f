import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { TailWaits } from '../../../src/kafka/tail-waits.ts'

suite('TailWaits', () => {
  test('wakes exactly those for whom a record is there, whatever the order of waits and records', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('wait' as const), offset: fc.nat(20) }),
      fc.record({ kind: fc.constant('record' as const), gap: fc.nat(2) }),
      fc.record({ kind: fc.constant('housekeeping' as const) }),
    )

    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const waits = new TailWaits(() => 0)
        const stored: number[] = []
        const waiters: { offset: number; isAwake: boolean }[] = []
        let end = 0
        let fetchFrom: number | undefined
        const fetch = () => {
          if (waits.toRewind().length > 0) fetchFrom = undefined
          if (waits.toUnassign(1).length > 0) fetchFrom = undefined
          for (const { offset } of waits.toAssign()) fetchFrom = offset
          if (fetchFrom === undefined) return
          for (const offset of stored.filter((each) => each >= (fetchFrom ?? 0))) waits.arrived('t', 0, offset)
          fetchFrom = Math.max(fetchFrom, end)
        }
        for (const each of steps) {
          if (each.kind === 'wait') {
            const waiter = { offset: each.offset, isAwake: false }
            waiters.push(waiter)
            if (
              !waits.add('t', new Map([[0, each.offset]]), () => {
                waiter.isAwake = true
              })
            )
              waiter.isAwake = true
          } else if (each.kind === 'record') {
            end += each.gap
            stored.push(end)
            end += 1
          }
          fetch()

          const last = stored.at(-1) ?? -1
          for (const { offset, isAwake } of waiters) assert.equal(isAwake, last >= offset)
        }
      }),
    )
  })

  test('a partition that lost its records wakes who waits above them', () => {
    const waits = new TailWaits()
    let woken = 0
    waits.add('t', new Map([[0, 100]]), () => {
      woken += 1
    })
    waits.toAssign()

    waits.arrived('t', 0, 3)

    assert.equal(woken, 1)
  })

  test('gives back a quiet partition after a while, and one with traffic at once', () => {
    let now = 0
    const waits = new TailWaits(() => now)
    const quiet = waits.add('t', new Map([[0, 0]]), () => {})
    waits.add('t', new Map([[1, 0]]), () => {})
    waits.toAssign()
    assert.ok(quiet)
    waits.remove(quiet)
    waits.arrived('t', 1, 0)

    assert.deepEqual(waits.toUnassign(5_000), [{ topic: 't', partition: 1 }])
    now = 5_000
    assert.deepEqual(waits.toUnassign(5_000), [{ topic: 't', partition: 0 }])
    assert.ok(waits.isEmpty)
  })
})
