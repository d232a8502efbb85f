import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Frame } from '../../../src/streams/frame.ts'
import { Outbox, strictest } from '../../../src/streams/outbox.ts'

const frame = (
  offset: number,
  { key = null, bytes = 10, partition = 0 }: { key?: string | null; bytes?: number; partition?: number } = {},
): Frame => ({
  bytes: Buffer.alloc(bytes),
  cursor: `after ${partition}/${offset}`,
  range: { topic: 't', partition, from: offset, to: offset + 1 },
  place: `t/${partition}`,
  key: key ?? undefined,
})

const offsetsOf = (frames: readonly Frame[]): number[] => frames.map(({ range }) => range.from)
const all = Number.POSITIVE_INFINITY

suite('Outbox', () => {
  test('gives frames back in order, in pieces', () => {
    const outbox = new Outbox(100, 'disconnect')
    for (let offset = 0; offset < 5; offset++) assert.equal(outbox.push(frame(offset)), true)

    assert.deepEqual(offsetsOf(outbox.take(15).frames), [0, 1])
    assert.deepEqual(offsetsOf(outbox.take(all).frames), [2, 3, 4])
    assert.equal(outbox.isEmpty, true)
  })

  test('disconnect: takes no more than its bytes, and one frame of any size', () => {
    const outbox = new Outbox(100, 'disconnect')

    assert.equal(outbox.push(frame(0, { bytes: 500 })), true)
    assert.equal(outbox.push(frame(1)), false)
  })

  test('drop-oldest: half of the room is made free, and a gap a partition says what went', () => {
    const outbox = new Outbox(100, 'drop-oldest')
    for (let offset = 0; offset < 11; offset++) outbox.push(frame(offset, { partition: offset % 2 }))

    const { omission, frames } = outbox.take(all)

    assert.deepEqual(offsetsOf(frames), [6, 7, 8, 9, 10])
    assert.deepEqual(omission, {
      gaps: [
        { topic: 't', partition: 0, from: 0, to: 5 },
        { topic: 't', partition: 1, from: 1, to: 6 },
      ],
      cursor: 'after 1/5',
    })
  })

  test('conflate: of each key the newest stays, and what has no key', () => {
    const outbox = new Outbox(100, 'conflate')
    const keys = ['a', 'b', 'a', null, 'a', 'b', 'a', null, 'a', 'b', 'a']
    for (const [offset, key] of keys.entries()) outbox.push(frame(offset, { key }))

    const { omission, frames } = outbox.take(all)

    assert.deepEqual(offsetsOf(frames), [3, 7, 9, 10])
    assert.equal(omission, undefined)
  })

  test('never holds more than its bytes and one frame, and every offset is there, newer of its key, or in a gap', () => {
    const step = fc.record({
      key: fc.constantFrom(null, 'a', 'b', 'c', 'd'),
      bytes: fc.integer({ min: 1, max: 60 }),
      take: fc.nat(3),
    })
    fc.assert(
      fc.property(
        fc.constantFrom('drop-oldest' as const, 'conflate' as const),
        fc.array(step, { maxLength: 80 }),
        (rule, steps) => {
          const outbox = new Outbox(100, rule)
          const got: Frame[] = []
          const gone = new Set<number>()
          const take = (bytes: number) => {
            const { omission, frames } = outbox.take(bytes)
            for (const { from, to } of omission?.gaps ?? []) for (let at = from; at < to; at++) gone.add(at)
            got.push(...frames)
            return frames.reduce((sum, each) => sum + each.bytes.length, 0)
          }
          for (const [offset, { key, bytes, take: taken }] of steps.entries()) {
            assert.equal(outbox.push(frame(offset, { key, bytes })), true)
            if (taken === 0) assert.ok(take(all) <= 100)
          }
          take(all)

          const delivered = new Set(offsetsOf(got))
          assert.deepEqual(
            offsetsOf(got),
            [...delivered].sort((a, b) => a - b),
          )
          for (const [offset, { key }] of steps.entries()) {
            const isSuperseded =
              rule === 'conflate' && key !== null && steps.slice(offset + 1).some((later) => later.key === key)
            assert.ok(delivered.has(offset) || gone.has(offset) || isSuperseded, `offset ${offset}`)
          }
        },
      ),
    )
  })

  test('of several rules the strictest holds', () => {
    assert.equal(strictest(['conflate', 'drop-oldest']), 'drop-oldest')
    assert.equal(strictest(['conflate', 'disconnect']), 'disconnect')
    assert.equal(strictest(['conflate']), 'conflate')
  })
})
