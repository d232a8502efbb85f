import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Wakeups } from '../../../src/subscriptions/wakeups.ts'

suite('wake-ups', () => {
  test('wake all who wait, once', async () => {
    const wakeups = new Wakeups()
    let woken = 0
    const waits = [1, 2, 3].map(() => wakeups.wait(60_000).then(() => woken++))

    wakeups.wake()
    await Promise.all(waits)
    const further = wakeups.wait(60_000)
    wakeups.wake()
    await further

    assert.equal(woken, 3)
  })

  test('end with their time, with the signal, and at once where either is over before', async () => {
    const wakeups = new Wakeups()
    const controller = new AbortController()

    const aborted = wakeups.wait(60_000, controller.signal)
    controller.abort()
    await Promise.all([aborted, wakeups.wait(1), wakeups.wait(0), wakeups.wait(60_000, controller.signal)])
  })
})
