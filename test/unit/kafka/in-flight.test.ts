import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { InFlight, type InFlightEvent } from '../../../src/kafka/in-flight.ts'

suite('InFlight', () => {
  test('counts events and bytes, and knows the oldest to a tenth of a second, whatever the order of the answers', () => {
    const steps = fc.array(fc.record({ after: fc.nat(400), add: fc.boolean(), pick: fc.nat(), bytes: fc.nat(5_000) }), {
      maxLength: 200,
    })

    fc.assert(
      fc.property(steps, (sequence) => {
        let now = 1_000
        const inFlight = new InFlight<number>(() => now)
        const open: InFlightEvent<number>[] = []
        for (const { after, add, pick, bytes } of sequence) {
          now += after
          if (add || open.length === 0) open.push(inFlight.add(bytes, 'somebody', now))
          else inFlight.remove(open.splice(pick % open.length, 1)[0] as InFlightEvent<number>)

          const oldest = open.length === 0 ? 0 : now - Math.min(...open.map(({ owner }) => owner))
          assert.equal(inFlight.events, open.length)
          assert.equal(
            inFlight.bytes,
            open.reduce((sum, event) => sum + event.bytes, 0),
          )
          assert.ok(inFlight.oldestAgeMs >= oldest && inFlight.oldestAgeMs < oldest + 100)
        }
      }),
    )
  })

  test('tells when it is empty, and when it is not in time', async () => {
    const inFlight = new InFlight<string>()
    assert.equal(await inFlight.empty(0), true)
    const event = inFlight.add(1, 'somebody', 'one')

    assert.equal(await inFlight.empty(20), false)
    const empty = inFlight.empty(10_000)
    inFlight.remove(event)

    assert.equal(await empty, true)
  })

  test('knows the share of each caller, and counts those who have one', () => {
    const inFlight = new InFlight<string>()
    const first = inFlight.add(10, 'a', 'one')
    inFlight.add(20, 'a', 'two')
    inFlight.add(5, 'b', 'three')
    inFlight.add(1_000, undefined, "the gateway's own")

    assert.deepEqual(inFlight.shareOf('a'), { events: 2, bytes: 30, holders: 2 })
    assert.deepEqual(inFlight.shareOf('c'), { events: 0, bytes: 0, holders: 3 })
    inFlight.remove(first)
    assert.deepEqual(inFlight.shareOf('a'), { events: 1, bytes: 20, holders: 2 })
    assert.deepEqual([inFlight.events, inFlight.bytes], [3, 1_025])
  })

  test('forgets callers of whom nothing is left', () => {
    const inFlight = new InFlight<number>()
    for (let caller = 0; caller < 1_000; caller++) inFlight.remove(inFlight.add(1, `caller-${caller}`, caller))

    assert.equal(inFlight.shareOf('another').holders, 1)
  })
})
