import { PartitionLost } from '../errors/partition-lost.ts'
import { formatTime } from '../json/time.ts'
import type { HeldPartition } from './held-partition.ts'
import type { LeaseToken } from './lease-token.ts'
import type { TokenAnswer } from './ledger/event-states.ts'
import type { LeaseRef } from './ledger/lease-ref.ts'
import type { LeaseResult, SettleCall, Settlement } from './replica-calls.ts'
import type { SubscriptionOwner } from './subscription-owner.ts'

interface Placed {
  place: number
  lease: LeaseToken
}

/** Does with leases what their tokens are sent for. Resolves when Kafka has what must outlive this replica. */
export async function settle(owner: SubscriptionOwner, { leases, settlement }: SettleCall): Promise<LeaseResult[]> {
  const results: LeaseResult[] = leases.map(() => ({ result: 'not-here' }))
  const settling = [...byPartition(owner, leases)].map(
    ([held, placed]) => held && settleIn(owner, held, placed, settlement, results),
  )
  await Promise.all(settling)
  owner.changes.wake()
  return results
}

/** Takes leases back that their receiver has never heard of: the deliveries do not count. */
export function withdraw(owner: SubscriptionOwner, tokens: readonly string[]): void {
  const leases = tokens.flatMap((text) => owner.parts.tokens.verify(text) ?? [])
  for (const [held, placed] of byPartition(owner, leases)) {
    const refs = placed.map(({ lease }) => lease)
    if (held) withdrawFrom(owner, held, refs)
  }
}

/** Of one partition. */
export function withdrawFrom(owner: SubscriptionOwner, { ledger }: HeldPartition, refs: readonly LeaseRef[]): void {
  const released = ledger.withdraw(refs, Date.now()).filter((answer) => answer === 'released')
  owner.parts.meter.count(owner.subscription.name, 'withdrawn', released.length)
  owner.changes.wake()
}

/** Under undefined, those of partitions that the owner does not have any more. */
function byPartition(
  owner: SubscriptionOwner,
  leases: readonly LeaseToken[],
): Map<HeldPartition | undefined, Placed[]> {
  const placed = leases.map((lease, place): Placed => ({ place, lease }))
  return Map.groupBy(placed, ({ lease }) => owner.findById(lease.topicId, lease.partition))
}

async function settleIn(
  owner: SubscriptionOwner,
  held: HeldPartition,
  placed: readonly Placed[],
  settlement: Settlement,
  results: LeaseResult[],
): Promise<void> {
  const now = Date.now()
  const refs = placed.map(({ lease }) => lease)
  const answers = asked(held, refs, settlement, now)
  for (const result of counted) {
    const events = answers.filter((answer) => answer === result).length
    owner.parts.meter.count(owner.subscription.name, result, events)
  }
  for (const [index, { place, lease }] of placed.entries()) {
    const result = answers[index] as TokenAnswer
    results[place] = result === 'renewed' ? renewed(owner, lease, settlement, now) : { result }
  }
  if (settlement.action === 'renew') return
  owner.changes.wake()
  held.buryRejected()
  try {
    const rejected = refs.filter((_ref, index) => answers[index] === 'rejected')
    await held.buried(rejected.map(({ offset }) => offset))
    await held.commit()
  } catch (error) {
    // Whoever has it next knows whether it was done.
    const result = error instanceof PartitionLost ? 'not-here' : 'unconfirmed'
    for (const [index, { place }] of placed.entries()) {
      if (changes.has(answers[index] as TokenAnswer)) results[place] = { result }
    }
  }
}

const counted = ['acknowledged', 'released', 'rejected'] as const
/** Answers that must not be given before Kafka has what they say. */
const changes: ReadonlySet<TokenAnswer> = new Set(['acknowledged', 'rejected', 'released', 'done'])

function asked(
  { ledger }: HeldPartition,
  refs: readonly LeaseToken[],
  settlement: Settlement,
  now: number,
): TokenAnswer[] {
  switch (settlement.action) {
    case 'acknowledge':
      return ledger.acknowledge(refs, now)
    case 'release':
      return ledger.release(refs, now + settlement.delayMs, now)
    case 'reject':
      return ledger.reject(refs, { cause: 'receiver', reason: settlement.reason, by: settlement.by }, now)
    case 'renew':
      return ledger.renew(refs, now + settlement.leaseMs, now)
  }
}

function renewed(owner: SubscriptionOwner, lease: LeaseToken, settlement: Settlement, now: number): LeaseResult {
  const until = now + (settlement.action === 'renew' ? settlement.leaseMs : 0)
  return {
    result: 'renewed',
    token: owner.parts.tokens.sign({ ...lease, until }),
    leaseEndsAt: formatTime(until),
  }
}
