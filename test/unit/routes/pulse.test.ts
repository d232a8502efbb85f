import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { type Peer, Pulse } from '../../../src/routes/web-sockets/pulse.ts'

const periodMs = 1_600

function peer() {
  const seen = { pings: 0, terminated: 0, isHeldUp: false }
  const of: Peer = {
    get isHeldUp() {
      return seen.isHeldUp
    },
    ping: () => {
      seen.pings++
    },
    terminate: () => {
      seen.terminated++
    },
  }
  return { of, seen }
}

function pulseIn(t: TestContext): Pulse {
  t.mock.timers.enable({ apis: ['setInterval'] })
  return new Pulse(periodMs)
}

suite('Pulse', () => {
  test('asks each peer once a period, and not all at the same time', (t) => {
    const pulse = pulseIn(t)
    const peers = Array.from({ length: 32 }, peer)
    for (const { of } of peers) pulse.follow(of)

    t.mock.timers.tick(periodMs / 16)
    assert.equal(peers.filter(({ seen }) => seen.pings > 0).length, 2)
    t.mock.timers.tick((periodMs / 16) * 15)

    assert.ok(peers.every(({ seen }) => seen.pings === 1))
  })

  test('ends a peer that was not heard of for two periods, and no other', (t) => {
    const pulse = pulseIn(t)
    const [dead, alive] = [peer(), peer()]
    pulse.follow(dead.of)
    const { heard } = pulse.follow(alive.of)

    for (let period = 0; period < 2; period++) {
      t.mock.timers.tick(periodMs)
      heard()
    }
    assert.equal(dead.seen.terminated, 0)
    t.mock.timers.tick(periodMs)

    assert.deepEqual([dead.seen.terminated, alive.seen.terminated], [1, 0])
    assert.equal(alive.seen.pings, 3)
  })

  test('does not judge a peer that is held up', (t) => {
    const pulse = pulseIn(t)
    const { of, seen } = peer()
    pulse.follow(of)
    t.mock.timers.tick(periodMs * 2)

    seen.isHeldUp = true
    t.mock.timers.tick(periodMs * 10)

    assert.deepEqual(seen, { pings: 2, terminated: 0, isHeldUp: true })
  })

  test('forgets who is gone, and runs no timer for nobody', (t) => {
    const pulse = pulseIn(t)
    const { of, seen } = peer()
    const { heard, gone } = pulse.follow(of)

    gone()
    heard()
    gone()
    t.mock.timers.tick(periodMs * 5)

    assert.equal(seen.pings, 0)
    pulse.follow(of)
    t.mock.timers.tick(periodMs)
    assert.equal(seen.pings, 1)
  })
})
