import type { ConsumerGroups } from '../kafka/consumer-groups.ts'
import type { GroupPartition } from '../kafka/group-commits.ts'
import type { ReplicasOf } from './replicas-of.ts'
import { groupOf, groupTopicsOf, type Subscription, startOf } from './subscription.ts'

export interface Progress {
  lag: number
  /** Milliseconds since the epoch; null where nothing is open. */
  oldest: number | null
  /** Null where an owner cannot be asked. */
  leased: number | null
  owners: { replica: string; partitions: readonly GroupPartition[] }[]
}

/** How far a subscription is, as everybody sees its group, and what its owners have leased. */
export async function progressOf(
  { groups, replicas }: { groups: Pick<ConsumerGroups, 'lagOf' | 'oldestUncommitted'>; replicas: ReplicasOf },
  subscription: Subscription,
): Promise<Progress> {
  const { name } = subscription
  const [found, owners] = await Promise.all([
    groups.lagOf(groupOf(name), groupTopicsOf(subscription)),
    replicas.members(subscription, true),
  ])
  const lags = found.map((each) => {
    if (each.committed !== undefined && each.committed >= 0) return each
    const committed = startOf(subscription, each.topic, each.partition)
    return { ...each, committed, lag: Math.max(0, each.last - Math.max(committed, each.first)) }
  })
  const [oldest, leased] = await Promise.all([
    groups.oldestUncommitted(lags),
    Promise.all(owners.map(({ replica }) => replica.leased({ subscription: name }))).catch(() => null),
  ])
  return {
    lag: lags.reduce((sum, { lag }) => sum + lag, 0),
    oldest: oldest ?? null,
    leased: leased?.reduce((sum, count) => sum + count, 0) ?? null,
    owners: owners.map(({ peer, partitions }) => ({ replica: peer.instance, partitions })),
  }
}
