import type { ConsumerGroup, ConsumerGroups } from '../kafka/consumer-groups.ts'
import type { GroupPartition } from '../kafka/group-commits.ts'
import type { TopicCatalog } from '../kafka/topic-catalog.ts'
import type { Peer, PeerNames } from '../peers/peer-names.ts'
import type { Peers } from '../peers/peers.ts'
import type { LocalReplica } from './local-replica.ts'
import { RemoteReplica } from './remote-replica.ts'
import type { SubscriptionReplica } from './replica-calls.ts'
import { groupOf, type Subscription } from './subscription.ts'
import type { SubscriptionOwners } from './subscription-owners.ts'

export interface ReplicasOfParts {
  groups: Pick<ConsumerGroups, 'find' | 'refresh'>
  topics: Pick<TopicCatalog, 'find'>
  owners: SubscriptionOwners
  local: LocalReplica
  peers: Pick<Peers, 'call'>
  names: Pick<PeerNames, 'peerOf'>
  self: Peer
}

export interface Owner {
  replica: SubscriptionReplica
  peer: Peer
  partitions: readonly GroupPartition[]
}

/** Finds the replicas that are members of a subscription's group, and makes this one of them where it is needed. */
export class ReplicasOf {
  readonly #parts: ReplicasOfParts

  constructor(parts: ReplicasOfParts) {
    this.#parts = parts
  }

  /** This one first, if it is a member. While the group rebalances, nothing is known of what the others have. */
  async members({ name }: Subscription, fresh = false): Promise<Owner[]> {
    const { groups, owners, local, self } = this.#parts
    const own = owners.find(name)
    const others = await this.#others(() => (fresh ? groups.refresh(groupOf(name)) : groups.find(groupOf(name)))).catch(
      (error) => {
        // What is here goes on while nobody can say what is elsewhere.
        if (own && !fresh) return []
        throw error
      },
    )
    if (!own) return others
    const partitions = own.partitions.map(({ topic, partition }) => ({ topic, partition }))
    return [{ replica: local, peer: self, partitions }, ...others]
  }

  /** Joins, unless there are as many members as partitions. */
  async joinForReceiving(subscription: Subscription): Promise<void> {
    const { groups, owners } = this.#parts
    if (owners.find(subscription.name)) return
    const others = await this.#others(() => groups.find(groupOf(subscription.name)))
    if (others.length < (await this.#partitionsOf(subscription))) await owners.join(subscription)
  }

  /** Joins where nobody else is a member. */
  async joinIfAlone(subscription: Subscription): Promise<void> {
    if ((await this.members(subscription)).length === 0) await this.#parts.owners.join(subscription)
  }

  async #partitionsOf({ topics }: Subscription): Promise<number> {
    const found = await Promise.all(topics.map((topic) => this.#parts.topics.find(topic)))
    return found.reduce((sum, info) => sum + (info?.partitions ?? 0), 0)
  }

  async #others(groupNow: () => ConsumerGroup | Promise<ConsumerGroup>): Promise<Owner[]> {
    const { names, peers, self } = this.#parts
    const { members } = await groupNow()
    return members.flatMap(({ clientId, partitions }) => {
      const peer = names.peerOf(clientId)
      return peer && peer.instance !== self.instance
        ? [{ replica: new RemoteReplica(peers, peer), peer, partitions }]
        : []
    })
  }
}
