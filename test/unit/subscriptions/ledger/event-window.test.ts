import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { EventWindow } from '../../../../src/subscriptions/ledger/event-window.ts'
import { LedgerEvent } from '../../../../src/subscriptions/ledger/ledger-event.ts'
import { done } from '../../../../src/subscriptions/ledger/span.ts'

function pushed(window: EventWindow<string>, offset: number): LedgerEvent<string> {
  const event = new LedgerEvent('record', { offset, bytes: 1, key: null, deliveries: 0 })
  event.state = 'available'
  window.push(event)
  return event
}

function finish(window: EventWindow<string>, event: LedgerEvent<string>): void {
  event.state = 'done'
  window.settle()
}

suite('the window of a ledger', () => {
  test('keeps what is done behind an open event as one, and finds what is open among it', () => {
    const window = new EventWindow<string>()
    const first = pushed(window, 100)
    for (let offset = 101; offset < 10_000; offset++) finish(window, pushed(window, offset))
    const last = pushed(window, 20_000)

    assert.ok(window.length < 200, `${window.length}`)
    assert.deepEqual([window.find(100), window.find(20_000), window.find(15_000)], [first, last, undefined])
    assert.deepEqual(
      window.spans(20_001).map(({ start, end, value }) => [start, end, value]),
      [
        [100, 101, 0],
        [101, 20_000, done],
        [20_000, 20_001, 0],
      ],
    )
    finish(window, first)
    assert.equal(window.first, last)
  })

  test('finds each event by its offset, wherever the holes are', () => {
    const window = new EventWindow<string>()
    const offsets = Array.from(
      { length: 500 },
      (_, place) => place + 7 * Math.floor(place / 9) + (place > 300 ? 4_000 : 0),
    )
    const events = new Map(offsets.map((offset) => [offset, pushed(window, offset)]))

    for (let offset = 0; offset < 6_000; offset++) assert.equal(window.find(offset), events.get(offset), `${offset}`)
  })
})
