import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PositionedRead } from '../../../src/kafka/positioned-read.ts'

const message = (partition: number, offset: number, bytes = 10, topic = 't') => ({
  topic,
  partition,
  offset,
  timestamp: 1,
  key: null,
  value: Buffer.alloc(bytes),
  size: bytes,
})
const wide = { maxEvents: 100, maxBytes: 1e6 }

suite('PositionedRead', () => {
  test('goes on at what did not fit, although the end of its partition was seen behind it', () => {
    const read = new PositionedRead('t', new Map([[0, 5]]), { maxEvents: 100, maxBytes: 20 })

    read.take([message(0, 5), message(0, 6), message(0, 7)], [{ partition: 0, offset: 8 }])

    assert.equal(read.isDone, true)
    assert.deepEqual([...read.result.next], [[0, 7]])
    assert.deepEqual([read.result.records.length, read.result.atEnd], [2, false])
  })

  test('gives nothing of a partition after a record of it that did not fit', () => {
    const read = new PositionedRead(
      't',
      new Map([
        [0, 0],
        [1, 0],
      ]),
      { maxEvents: 100, maxBytes: 20 },
    )

    read.take([message(0, 0), message(0, 1, 100), message(0, 2, 1), message(1, 0, 1)], [])

    assert.deepEqual(
      read.result.records.map(({ offset }) => offset),
      [0],
    )
    assert.deepEqual(
      [...read.result.next],
      [
        [0, 1],
        [1, 0],
      ],
    )
  })

  test('moves beyond gaps at the end of a partition, and never back', () => {
    const read = new PositionedRead(
      't',
      new Map([
        [0, 3],
        [1, 9],
      ]),
      wide,
    )

    read.take(
      [message(0, 3)],
      [
        { partition: 0, offset: 8 },
        { partition: 1, offset: 2 },
      ],
    )

    assert.deepEqual(
      [...read.result.next],
      [
        [0, 8],
        [1, 9],
      ],
    )
    assert.deepEqual([read.result.atEnd, read.isDone], [true, true])
  })

  test('leaves out what was not asked for: other topics, other partitions, earlier offsets', () => {
    const read = new PositionedRead('t', new Map([[0, 3]]), wide)

    read.take([message(0, 3, 1, 'other'), message(4, 3), message(0, 2)], [{ partition: 4, offset: 9 }])

    assert.deepEqual(read.result, { records: [], next: new Map([[0, 3]]), atEnd: false })
  })

  test('is done with the last event that the limit allows', () => {
    const read = new PositionedRead('t', new Map([[0, 0]]), { maxEvents: 2, maxBytes: 1e6 })

    read.take([message(0, 0)], [])
    assert.deepEqual([read.isDone, read.eventsLeft], [false, 1])
    read.take([message(0, 1)], [])

    assert.equal(read.isDone, true)
    assert.deepEqual([...read.result.next], [[0, 2]])
  })
})
