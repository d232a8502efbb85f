import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { LedgerSettings } from '../../../../src/subscriptions/ledger/ledger-settings.ts'
import { ledgerCommands } from '../../../support/ledger-commands.ts'
import type { LoggedRecord } from '../../../support/ledger-model.ts'
import { LedgerWorld } from '../../../support/ledger-world.ts'

/** Offsets with the holes that compaction and transactions leave, rarely a wide one. */
const logs = fc
  .array(
    fc.record({
      hole: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }), fc.constant(200)),
      key: fc.constantFrom(null, 'a', 'b', 'c'),
      bytes: fc.integer({ min: 1, max: 60 }),
    }),
    { minLength: 1, maxLength: 150, size: 'max' },
  )
  .map((records) => {
    let offset = 0
    return records.map(({ hole, key, bytes }): LoggedRecord => {
      offset += hole
      return { offset: offset++, key, bytes }
    })
  })

/** Every event is given until it is acknowledged or rejected, and whatever happened before, that comes to an end. */
function drain(world: LedgerWorld): void {
  for (let rounds = 0; world.model.next < world.end || world.model.open().length > 0; rounds++) {
    assert.ok(rounds < 2_000, `events are not given: ${JSON.stringify(world.model.open().slice(0, 3))}`)
    world.take(50)
    const refs = world.lease(20, 10_000, world.model.now + 50, null)
    world.show(refs, world.ledger.acknowledge(refs, world.model.now), ({ offset }) => {
      world.model.finish(offset)
      return 'acknowledged'
    })
    for (const event of world.rejected.splice(0)) world.bury(event)
    world.check()
    if (refs.length === 0) world.model.now += 50
  }
  assert.equal(world.ledger.position().offset, world.ledger.next)
}

/** Runs commands against ledger and model, and tells how often each thing was seen. */
function compare(settings: Omit<LedgerSettings, 'metadataCharacters'>, ...rooms: number[]): Map<string, number> {
  const seen = new Map<string, number>()
  const property = fc.property(
    logs,
    fc.constantFrom(...rooms),
    fc.commands(ledgerCommands, { size: 'max', maxCommands: 200 }),
    (log, metadataCharacters, commands) => {
      const world = new LedgerWorld({ ...settings, metadataCharacters }, log)
      fc.modelRun(() => ({ model: {}, real: world }), commands)
      drain(world)
      for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times)
    },
  )
  fc.assert(property, { numRuns: 200 })
  return seen
}

const settings = { maxDeliveries: 4, leaseMs: 40, orderedByKey: false, maxLeased: 12 }
const littleRoom = [96, 130, 180]

/** A law that was never put to the test holds for nothing. */
function assertSeen(seen: ReadonlyMap<string, number>, whats: readonly string[]): void {
  for (const what of whats) assert.ok((seen.get(what) ?? 0) > 0, what)
}

const always = [
  'leased: acknowledged',
  'waiting: acknowledged',
  'untaken: acknowledged',
  'waiting: expired',
  'leased: lost',
  'waiting: lost',
  'leased: rejected',
  'waiting: rejected',
  'leased: renewed',
  'done: done',
  'stop: empty',
  'again: true',
]

suite('a ledger does what a map of offsets does, loses no event, and gives nothing again that was committed as done', () => {
  test('whatever happens to events, leases, commits and owners', () => {
    const seen = compare(settings, 4_096)

    assertSeen(seen, [...always, 'stop: leases', 'stop: wish'])
    assert.equal(seen.get('stop: metadata'), undefined)
  })

  test('in the order of keys', () => {
    assertSeen(compare({ ...settings, orderedByKey: true }, 4_096), always)
  })

  test('with hardly any room for metadata, which it never passes', () => {
    const seen = compare(settings, ...littleRoom)

    assertSeen(seen, [...always, 'stop: metadata', 'untaken: full'])
  })

  test('in the order of keys, with hardly any room', () => {
    assertSeen(compare({ ...settings, orderedByKey: true }, ...littleRoom), [...always, 'stop: metadata'])
  })
})
