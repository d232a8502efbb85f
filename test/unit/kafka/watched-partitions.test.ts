import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { WatchedPartitions } from '../../../src/kafka/watched-partitions.ts'

/** One partition, read by a consumer that is assigned as it is said. */
class Log {
  readonly stored: number[] = []
  /** What was for the follower. */
  readonly taken: number[] = []
  readonly #watched: WatchedPartitions
  #end = 0
  #fetchFrom: number | undefined

  constructor(watched: WatchedPartitions) {
    this.#watched = watched
  }

  append(gap: number): void {
    this.#end += gap
    this.stored.push(this.#end)
    this.#end += 1
  }

  loseConsumer(): void {
    this.#watched.unassignAll()
    this.#fetchFrom = undefined
  }

  fetch(): void {
    const watched = this.#watched
    if (watched.toRewind().length > 0) this.#fetchFrom = undefined
    if (watched.toUnassign(1).length > 0) this.#fetchFrom = undefined
    for (const { offset } of watched.toAssign()) this.#fetchFrom = offset
    const from = this.#fetchFrom
    if (from === undefined) return
    for (const offset of this.stored.filter((each) => each >= from)) {
      if (watched.arrived('t', 0, offset)) this.taken.push(offset)
    }
    this.#fetchFrom = Math.max(from, this.#end)
  }
}

suite('WatchedPartitions', () => {
  test('wakes exactly those for whom a record is there, whatever the order of waits and records', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('wait' as const), offset: fc.nat(20) }),
      fc.record({ kind: fc.constant('record' as const), gap: fc.nat(2) }),
      fc.record({ kind: fc.constant('housekeeping' as const) }),
    )

    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const watched = new WatchedPartitions(() => 0)
        const log = new Log(watched)
        const waiters: { offset: number; isAwake: boolean }[] = []
        for (const each of steps) {
          if (each.kind === 'wait') {
            const waiter = { offset: each.offset, isAwake: false }
            waiters.push(waiter)
            if (
              !watched.addWait('t', new Map([[0, each.offset]]), () => {
                waiter.isAwake = true
              })
            )
              waiter.isAwake = true
          } else if (each.kind === 'record') log.append(each.gap)
          log.fetch()

          const last = log.stored.at(-1) ?? -1
          for (const { offset, isAwake } of waiters) assert.equal(isAwake, last >= offset)
        }
      }),
    )
  })

  test('gives who follows every record from his place on once, in order, whatever is waited for and held meanwhile', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('wait' as const), offset: fc.nat(20) }),
      fc.record({ kind: fc.constant('record' as const), gap: fc.nat(2) }),
      fc.record({ kind: fc.constant('hold' as const), isHeld: fc.boolean() }),
      fc.record({ kind: fc.constant('lose the consumer' as const) }),
    )

    fc.assert(
      fc.property(fc.nat(10), fc.nat(60), fc.array(step, { maxLength: 60 }), (from, startsAt, steps) => {
        const watched = new WatchedPartitions(() => 0)
        const log = new Log(watched)
        for (const [index, each] of steps.entries()) {
          if (index === startsAt) watched.follow('t', 0, from)
          if (each.kind === 'wait') watched.addWait('t', new Map([[0, each.offset]]), () => {})
          else if (each.kind === 'hold') watched.hold('t', each.isHeld)
          else if (each.kind === 'lose the consumer') log.loseConsumer()
          else log.append(each.gap)
          log.fetch()
        }
        watched.hold('t', false)
        log.fetch()

        assert.deepEqual(log.taken, startsAt < steps.length ? log.stored.filter((offset) => offset >= from) : [])
      }),
    )
  })

  test('follows from elsewhere when it is told to', () => {
    const watched = new WatchedPartitions()
    watched.follow('t', 0, 5)
    assert.deepEqual(watched.toAssign(), [{ topic: 't', partition: 0, offset: 5 }])

    watched.follow('t', 0, 50)

    assert.deepEqual(watched.toRewind(), [{ topic: 't', partition: 0 }])
    assert.deepEqual(watched.toAssign(), [{ topic: 't', partition: 0, offset: 50 }])
    assert.deepEqual(watched.toRewind(), [])
  })

  test('a position that is gone wakes all who wait', () => {
    const watched = new WatchedPartitions()
    let woken = 0
    for (const partition of [0, 1]) watched.addWait('t', new Map([[partition, 100]]), () => woken++)

    watched.wakeAll()

    assert.equal(woken, 2)
  })

  test('gives back a quiet partition after a while, and one with traffic at once', () => {
    let now = 0
    const watched = new WatchedPartitions(() => now)
    const quiet = watched.addWait('t', new Map([[0, 0]]), () => {})
    watched.addWait('t', new Map([[1, 0]]), () => {})
    watched.toAssign()
    assert.ok(quiet)
    watched.removeWait(quiet)
    watched.arrived('t', 1, 0)

    assert.deepEqual(watched.toUnassign(5_000), [{ topic: 't', partition: 1 }])
    now = 5_000
    assert.deepEqual(watched.toUnassign(5_000), [{ topic: 't', partition: 0 }])
    assert.ok(watched.isEmpty)
  })
})
