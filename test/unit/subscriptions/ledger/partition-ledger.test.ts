import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { LeaseRef } from '../../../../src/subscriptions/ledger/lease-ref.ts'
import type { LeasedEvent } from '../../../../src/subscriptions/ledger/ledger-event.ts'
import type { LedgerSettings } from '../../../../src/subscriptions/ledger/ledger-settings.ts'
import { PartitionLedger, type Position } from '../../../../src/subscriptions/ledger/partition-ledger.ts'

type Ledger = PartitionLedger<string>

const settings = {
  maxDeliveries: 3,
  leaseMs: 30_000,
  orderedByKey: false,
  maxLeased: 20_000,
  metadataCharacters: 4_096,
}
const fromStart: Position = { offset: 0, metadata: '' }

function ledgerOf(more: Partial<LedgerSettings> = {}, position = fromStart, seed = 1_000): Ledger {
  return new PartitionLedger<string>({ ...settings, ...more }, position, seed)
}

function take(ledger: Ledger, count: number, now = 0): void {
  for (let left = count; left > 0; left--) {
    const offset = ledger.next
    ledger.take({ offset, bytes: 10, key: null }, `event ${offset}`, now)
  }
}

function lease(ledger: Ledger, max: number, now = 0, receiveKey: string | null = null): LeaseRef[] {
  const { events } = ledger.lease({ max, maxBytes: 1e9, until: now + 1_000, receiveKey }, now)
  return refsOf(ledger, events)
}

const refsOf = ({ run }: Ledger, events: readonly LeasedEvent<string>[]): LeaseRef[] =>
  events.map(({ offset, deliveries, term: { lease, until } }) => ({ offset, deliveries, run, lease, until }))

suite('a ledger', () => {
  test('leases some 12,000 events in a row, of which any may be acknowledged, and says then that there is no room', () => {
    const ledger = ledgerOf()
    take(ledger, 13_000)
    const { events, stop } = ledger.lease({ max: 13_000, maxBytes: 1e9, until: 1_000, receiveKey: null }, 0)
    const refs = refsOf(ledger, events)

    assert.equal(stop, 'metadata')
    assert.ok(refs.length > 11_900, `${refs.length}`)
    ledger.acknowledge(
      refs.filter((_, place) => place % 2 === 1),
      0,
    )
    const { offset, metadata } = ledger.position()
    assert.equal(offset, 0)
    assert.ok(metadata.length > 3_900 && metadata.length <= 4_096, `${metadata.length} characters`)
    assert.equal(ledgerOf({}, { offset, metadata }).position().metadata, metadata)
    assert.equal(lease(ledger, 500).length, 0)
    ledger.acknowledge(refs.slice(0, 6_000), 0)
    assert.equal(lease(ledger, 500).length, 500)
  })

  test('gives the first event again even where no room is left at all', () => {
    const ledger = ledgerOf({ maxDeliveries: 100 })
    take(ledger, 13_000)
    const first = lease(ledger, 13_000)
    const again = lease(ledger, 13_000, 2_000)

    assert.ok(again.length > 0 && again.length < first.length / 2, `${again.length}`)
    assert.equal(again[0]?.offset, 0)
    for (let [now, left] = [4_000, 13_000]; left > 0; now += 2_000) {
      const refs = lease(ledger, 13_000, now)
      assert.ok(refs.length > 0)
      const every = refs.filter((_, place) => place % 2 === 1)
      ledger.acknowledge(every, now)
      assert.ok(ledger.position().metadata.length <= settings.metadataCharacters)
      ledger.acknowledge(refs, now)
      left -= refs.length
    }
    assert.equal(ledger.position().offset, 13_000)
  })

  test('holds nothing of what is done behind an event that is not', () => {
    const ledger = ledgerOf()
    take(ledger, 1)
    lease(ledger, 1)
    for (let times = 0; times < 400; times++) {
      take(ledger, 500)
      ledger.acknowledge(lease(ledger, 500), 0)
    }

    assert.deepEqual([ledger.held, ledger.heldBytes, ledger.leased], [1, 10, 1])
    assert.ok(ledger.position().metadata.length < 40)
    assert.equal(ledger.position().offset, 0)
  })

  test('gives the same events under the same key, with the same tokens, until they are acknowledged or over', () => {
    const ledger = ledgerOf()
    take(ledger, 10)
    const first = lease(ledger, 4, 0, 'key')
    lease(ledger, 2, 0, 'other')

    assert.deepEqual(refsOf(ledger, ledger.leasedUnder('key', 500)), first)
    ledger.acknowledge(first.slice(1, 3), 500)
    assert.deepEqual(refsOf(ledger, ledger.leasedUnder('key', 500)), [first[0], first[3]])
    assert.deepEqual(ledger.leasedUnder('unknown', 500), [])
    assert.deepEqual(ledger.leasedUnder('key', 1_000), [])
  })

  test('takes the token of the owner before it, and gives nothing that was acknowledged with it', () => {
    const before = ledgerOf()
    take(before, 3)
    const refs = lease(before, 3)
    const position = before.position()
    const ledger = ledgerOf({}, position, 2_000)

    assert.deepEqual(ledger.acknowledge([refs[1] as LeaseRef], 500), ['acknowledged'])
    take(ledger, 3)
    const again = lease(ledger, 3, 500)
    assert.deepEqual(
      again.map(({ offset, deliveries }) => [offset, deliveries]),
      [
        [0, 2],
        [2, 2],
      ],
    )
    assert.deepEqual(ledger.acknowledge([refs[0] as LeaseRef], 500), ['lost'])
    assert.deepEqual(ledgerOf({}, position, 3_000).acknowledge(refs, 1_000), ['expired', 'expired', 'expired'])
  })

  test('tells a token of an unknown lease that there is no room to remember it, and goes on', () => {
    const lost = ledgerOf()
    take(lost, 100)
    const refs = lease(lost, 100)
    const { run } = lost
    const ledger = ledgerOf({ metadataCharacters: 100 }, fromStart, run)
    take(ledger, 100)

    const answers = ledger.acknowledge(
      refs.filter(({ offset }) => offset % 2 === 1),
      0,
    )
    const kept = answers.filter((answer) => answer === 'acknowledged').length
    assert.ok(kept > 0 && answers.includes('full'), answers.join())
    assert.ok(ledger.position().metadata.length <= 100)
    assert.equal(ledger.held, 100 - kept)
  })

  test('leaves the last receiver its time when an event comes that was given as often as allowed', () => {
    const before = ledgerOf({ maxDeliveries: 1 })
    take(before, 2)
    const refs = lease(before, 2)
    const ledger = ledgerOf({ maxDeliveries: 1 }, before.position(), 2_000)
    take(ledger, 2, 100)

    assert.equal(lease(ledger, 2, 100).length, 0)
    assert.deepEqual(ledger.acknowledge([refs[1] as LeaseRef], 900), ['acknowledged'])
    assert.deepEqual(ledger.takeRejected(), [])
    assert.equal(ledger.nextDeadline, 100 + settings.leaseMs)
    ledger.expire(100 + settings.leaseMs)
    const [rejected] = ledger.takeRejected()
    assert.ok(rejected)
    assert.deepEqual(
      [rejected.offset, rejected.deliveries, rejected.record, rejected.rejection],
      [0, 1, 'event 0', { cause: 'deliveries' }],
    )
    assert.equal(ledger.position().offset, 0)
    ledger.bury(rejected)
    assert.equal(ledger.position().offset, 2)
  })

  test('gives the next event of a key though one between them was acknowledged out of turn', () => {
    const before = ledgerOf({ orderedByKey: true })
    before.take({ offset: 0, bytes: 1, key: 'a' }, 'first', 0)
    before.take({ offset: 1, bytes: 1, key: 'a' }, 'second', 0)
    before.acknowledge(lease(before, 1), 0)
    const second = lease(before, 1)
    // What the first owner has committed did not arrive.
    const ledger = ledgerOf({ orderedByKey: true }, fromStart, before.run)
    for (const offset of [0, 1, 2]) ledger.take({ offset, bytes: 1, key: 'a' }, 'again', 0)

    assert.deepEqual(ledger.acknowledge(second, 0), ['acknowledged'])
    const first = lease(ledger, 3)
    assert.deepEqual([first.length, first[0]?.offset], [1, 0])
    ledger.acknowledge(first, 0)
    assert.deepEqual(
      lease(ledger, 3).map(({ offset }) => offset),
      [2],
    )
  })

  test('has each event once, and none too few, where a token is there twice to be renewed', () => {
    const ledger = ledgerOf()
    take(ledger, 2)
    const [first, second] = lease(ledger, 2, 0, 'mine') as [LeaseRef, LeaseRef]

    assert.deepEqual(ledger.renew([first, first, second, first], 5_000, 500), [
      'renewed',
      'renewed',
      'renewed',
      'renewed',
    ])
    assert.deepEqual(
      ledger.leasedUnder('mine', 600).map(({ offset }) => offset),
      [0, 1],
    )
    ledger.expire(5_000)
    assert.equal(ledger.takeExpired(), 2)
    assert.equal(lease(ledger, 5, 5_000).length, 2)
  })

  test('ends a lease at the time to which it was renewed, and no earlier', () => {
    const ledger = ledgerOf()
    take(ledger, 2)
    const refs = lease(ledger, 2, 0, 'key')

    assert.deepEqual(ledger.renew(refs, 5_000, 500), ['renewed', 'renewed'])
    assert.equal(ledger.nextDeadline, 5_000)
    assert.deepEqual(lease(ledger, 2, 2_000), [])
    assert.equal(ledger.leasedUnder('key', 2_000)[0]?.term.until, 5_000)
    assert.deepEqual(ledger.acknowledge(refs.slice(0, 1), 2_000), ['acknowledged'])
    assert.equal(lease(ledger, 2, 5_000).length, 1)
  })

  test('does not take a dead letter from before a seek for the event that came after it', () => {
    const ledger = ledgerOf()
    take(ledger, 1)
    const refs = lease(ledger, 1)
    ledger.reject(refs, { cause: 'receiver', reason: 'broken', by: 'somebody' }, 0)
    const [rejected] = ledger.takeRejected()
    ledger.seek(0)
    take(ledger, 1)

    assert.ok(rejected)
    ledger.bury(rejected)
    assert.equal(ledger.held, 1)
    assert.deepEqual(ledger.acknowledge(refs, 0), ['lost'])
    assert.equal(lease(ledger, 1)[0]?.deliveries, 1)
  })

  test('gives an answer no more bytes than were asked for, but always an event', () => {
    const ledger = ledgerOf()
    take(ledger, 10)
    const wish = { max: 10, until: 1_000, receiveKey: null }

    assert.equal(ledger.lease({ ...wish, maxBytes: 35 }, 0).events.length, 3)
    assert.equal(ledger.lease({ ...wish, maxBytes: 1 }, 0).events.length, 1)
  })
})
