import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Ring } from '../../../src/streams/ring.ts'
import { type StreamRecord, streamRecord } from '../../../src/streams/stream-record.ts'

const record = (offset: number): StreamRecord =>
  streamRecord(
    { topic: 't', partition: 0, offset, timestamp: 0, key: null, value: null, headers: [], bytes: 100 },
    () => assert.fail('nobody reads it'),
    offset,
  )
const bytesOfOne = record(0).bytes
const offsetsOf = (records: readonly StreamRecord[]): number[] => records.map((each) => each.record.offset)

suite('Ring', () => {
  test('whoever is covered gets every record from his place on, whatever was pushed out and left out', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(10), fc.array(fc.nat(3), { maxLength: 40 }), (room, start, holes) => {
        const ring = new Ring(start, room * bytesOfOne)
        const pushed: number[] = []
        for (const hole of holes) {
          const offset = ring.next + hole
          ring.push(record(offset))
          pushed.push(offset)
        }

        assert.equal(ring.covers(ring.next), true)
        assert.equal(ring.covers(ring.next + 1), false)
        assert.equal(ring.covers(start - 1), false)
        for (let place = start; place <= ring.next; place++) {
          if (ring.covers(place))
            assert.deepEqual(
              offsetsOf(ring.from(place)),
              pushed.filter((offset) => offset >= place),
            )
          else assert.ok(pushed.filter((offset) => offset >= place).length > room)
        }
      }),
    )
  })

  test('moves on without a record, and begins anew', () => {
    const ring = new Ring(5, 10 * bytesOfOne)
    ring.push(record(5))

    assert.equal(ring.advance(6), false)
    assert.equal(ring.advance(9), true)
    assert.equal(ring.covers(9), true)
    ring.restart(20)

    assert.equal(ring.covers(9), false)
    assert.deepEqual(ring.from(20), [])
    assert.equal(ring.next, 20)
  })
})
