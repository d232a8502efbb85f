import { PartitionLost } from '../errors/partition-lost.ts'
import { formatTime } from '../json/time.ts'
import type { HeldPartition } from './held-partition.ts'
import type { LeaseToken } from './lease-token.ts'
import type { TokenAnswer } from './ledger/event-states.ts'
import type { LeaseResult, SettleCall, Settlement } from './replica-calls.ts'
import type { SubscriptionOwner } from './subscription-owner.ts'

interface Placed {
  place: number
  token: LeaseToken
}

/** Does with leases what their tokens are sent for. Resolves when Kafka has what must outlive this replica. */
export async function settle(owner: SubscriptionOwner, { tokens, settlement }: SettleCall): Promise<LeaseResult[]> {
  const results: LeaseResult[] = tokens.map(() => ({ result: 'not-here' }))
  const here = new Map<HeldPartition, Placed[]>()
  for (const [place, text] of tokens.entries()) {
    const token = owner.parts.tokens.verify(text)
    const held = token && owner.findById(token.topicId, token.partition)
    if (!held) continue
    const placed = here.get(held)
    if (placed) placed.push({ place, token })
    else here.set(held, [{ place, token }])
  }
  await Promise.all([...here].map(([held, placed]) => settleIn(owner, held, placed, settlement, results)))
  owner.changes.wake()
  return results
}

async function settleIn(
  owner: SubscriptionOwner,
  held: HeldPartition,
  placed: readonly Placed[],
  settlement: Settlement,
  results: LeaseResult[],
): Promise<void> {
  const now = Date.now()
  const refs = placed.map(({ token }) => token)
  const answers = asked(held, refs, settlement, now)
  for (const result of counted) {
    const events = answers.filter((answer) => answer === result).length
    owner.parts.meter.count(owner.subscription.name, settlement.action === 'withdraw' ? 'withdrawn' : result, events)
  }
  for (const [index, { place, token }] of placed.entries()) {
    const result = answers[index] as TokenAnswer
    results[place] = result === 'renewed' ? renewed(owner, token, settlement, now) : { result }
  }
  if (settlement.action === 'renew' || settlement.action === 'withdraw') return
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
    case 'withdraw':
      return ledger.withdraw(refs, now)
  }
}

function renewed(owner: SubscriptionOwner, token: LeaseToken, settlement: Settlement, now: number): LeaseResult {
  const until = now + (settlement.action === 'renew' ? settlement.leaseMs : 0)
  return {
    result: 'renewed',
    token: owner.parts.tokens.sign({ ...token, until }),
    leaseEndsAt: formatTime(until),
  }
}
