import { formatTime } from '../json/time.ts'
import type { StoredRecord } from '../kafka/record.ts'
import type { ReadOptions } from '../reading/event-decoder.ts'
import type { HeldPartition } from './held-partition.ts'
import type { LeaseRef } from './ledger/lease-ref.ts'
import type { LeasedEvent } from './ledger/ledger-event.ts'
import type { LeaseStop } from './ledger/partition-ledger.ts'
import type { ReceiveCall, Received, ReceivedEvent } from './replica-calls.ts'
import { withdrawFrom } from './settle.ts'
import type { SubscriptionOwner } from './subscription-owner.ts'

interface Leased {
  held: HeldPartition
  events: LeasedEvent<StoredRecord>[]
}

interface Given {
  held: HeldPartition
  ref: LeaseRef
  record: StoredRecord
}

/** Events of the partitions that the owner has: at once, or as soon as there are some. */
export async function receive(owner: SubscriptionOwner, call: ReceiveCall, cancelled: AbortSignal): Promise<Received> {
  owner.noteUse()
  const deadline = Date.now() + call.waitMs
  for (;;) {
    const repeated = leasedBefore(owner, call)
    if (repeated.length > 0 || call.onlyRepeated) return answer(owner, call, repeated)
    const { leased, stopped } = lease(owner, call)
    const events = leased.reduce((sum, each) => sum + each.events.length, 0)
    owner.parts.meter.count(owner.subscription.name, 'received', events)
    const left = deadline - Date.now()
    if (leased.length > 0 || left <= 0 || cancelled.aborted || owner.hasEnded) {
      return answer(owner, call, leased, stopped)
    }
    await owner.changes.wait(left, cancelled)
  }
}

function leasedBefore({ partitions }: SubscriptionOwner, { receiveKey }: ReceiveCall): Leased[] {
  if (receiveKey === null) return []
  const now = Date.now()
  return partitions
    .map((held) => ({ held, events: held.ledger.leasedUnder(receiveKey, now) }))
    .filter(({ events }) => events.length > 0)
}

/** Begins with another partition each time: none waits behind a busy one. */
function lease(owner: SubscriptionOwner, { max, receiveKey }: ReceiveCall): { leased: Leased[]; stopped?: LeaseStop } {
  const now = Date.now()
  const until = now + owner.subscription.leaseSeconds * 1000
  const leased: Leased[] = []
  const stops = new Set<LeaseStop>()
  let events = 0
  let maxBytes = owner.parts.readBytes
  for (const held of owner.rotated()) {
    if (events >= max || maxBytes <= 0) break
    const given = held.ledger.lease({ max: max - events, maxBytes, until, receiveKey }, now)
    stops.add(given.stop)
    if (given.events.length === 0) continue
    events += given.events.length
    maxBytes -= given.events.reduce((sum, { record }) => sum + record.bytes, 0)
    leased.push({ held, events: given.events })
  }
  const stopped = (['metadata', 'leases'] as const).find((stop) => stops.has(stop))
  return { leased, ...(stopped && { stopped }) }
}

async function answer(
  owner: SubscriptionOwner,
  call: ReceiveCall,
  leased: readonly Leased[],
  stopped?: LeaseStop,
): Promise<Received> {
  // Whatever is read of a lease holds only until the ledger changes, which it may while events are decoded.
  const given = leased.flatMap(({ held, events }) =>
    events.map((event): Given => ({ held, ref: refOf(held, event), record: event.record })),
  )
  try {
    const events = await receivedEvents(owner, call, given)
    const isHeldUp = events.length === 0 && (stopped === 'leases' || stopped === 'metadata')
    return { events, partitions: owner.partitions.length, ...(isHeldUp && { stopped }) }
  } catch (error) {
    for (const [held, ofHeld] of Map.groupBy(given, (each) => each.held)) {
      const refs = ofHeld.map(({ ref }) => ref)
      withdrawFrom(owner, held, refs)
    }
    throw error
  }
}

const refOf = ({ ledger }: HeldPartition, { offset, deliveries, term }: LeasedEvent<StoredRecord>): LeaseRef => ({
  offset,
  run: ledger.run,
  lease: term.lease,
  deliveries,
  until: term.until,
})

async function receivedEvents(
  { parts, subscription: { name } }: SubscriptionOwner,
  { unmasked, longs }: ReceiveCall,
  given: readonly Given[],
): Promise<ReceivedEvent[]> {
  const options: ReadOptions = { longs, unmasked: new Set(unmasked) }
  const events: ReceivedEvent[] = []
  for (const { held, ref, record } of given) {
    const { topicId, partition } = held
    const decoded = parts.decoder.decode(record, parts.contracts.get(record.topic), options)
    events.push({
      token: parts.tokens.sign({ ...ref, subscription: name, topicId, partition }),
      deliveries: ref.deliveries,
      leaseEndsAt: formatTime(ref.until),
      // Of most there is no promise, and a turn for each event would cost more than the event.
      event: decoded instanceof Promise ? await decoded : decoded,
    })
  }
  return events
}
