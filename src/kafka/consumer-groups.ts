import { LRUCache } from 'lru-cache'
import type { DescribedGroup, GroupAdmin, GroupOwner } from './group-admin.ts'
import type { CommittedPosition } from './group-assignment.ts'
import type { GroupPartition, GroupPosition } from './group-commits.ts'
import type { ReaderPool } from './reader-pool.ts'
import type { TopicCatalog } from './topic-catalog.ts'

export interface ConsumerGroup {
  /** `empty`: it has no members. `absent`: it has no offsets either. */
  state: 'stable' | 'rebalancing' | 'empty' | 'absent'
  members: readonly GroupOwner[]
}

export interface PartitionLag extends GroupPartition {
  committed: number | undefined
  first: number
  last: number
  /** Offsets that are not committed: as many events, where there are no transactions and no compaction. */
  lag: number
}

export interface ConsumerGroupsParts {
  admin: Pick<GroupAdmin, 'describe' | 'offsets' | 'setOffsets' | 'delete'>
  topics: Pick<TopicCatalog, 'findCurrent' | 'offsets'>
  records: Pick<ReaderPool, 'read'>
  now?: () => number
}

interface Entry {
  group: ConsumerGroup
  at: number
}

const knownForMs = 2_000
const rebalancingForMs = 100
const limitMs = 5_000

/** Consumer groups as everybody sees them, whether this replica is a member or not. All reject with `kafka-unavailable`. */
export class ConsumerGroups {
  readonly #parts: ConsumerGroupsParts
  readonly #now: () => number
  readonly #entries = new LRUCache<string, Entry>({ max: 10_000 })
  readonly #asking = new Map<string, Promise<ConsumerGroup>>()

  constructor(parts: ConsumerGroupsParts) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
  }

  /** Who has which partition, as Kafka said within the last seconds. */
  find(group: string): ConsumerGroup | Promise<ConsumerGroup> {
    const entry = this.#entries.get(group)
    if (!entry) return this.refresh(group)
    const isKnown = this.#now() - entry.at < (entry.group.state === 'stable' ? knownForMs : rebalancingForMs)
    return isKnown ? entry.group : this.refresh(group)
  }

  /** Asks Kafka, whatever is known; one question at a time about a group. */
  refresh(group: string): Promise<ConsumerGroup> {
    const asking = this.#asking.get(group)
    if (asking) return asking
    const asked = this.#ask(group).finally(() => this.#asking.delete(group))
    this.#asking.set(group, asked)
    return asked
  }

  /** In the order of the partitions. */
  async committedOf(group: string, partitions: readonly GroupPartition[]): Promise<CommittedPosition[]> {
    const offsets = await this.#parts.admin.offsets(group)
    return partitions.map(({ topic, partition }) => {
      const found = offsets.find((offset) => offset.topic === topic && offset.partition === partition)
      return { topic, partition, offset: found?.offset, metadata: found?.metadata ?? '' }
    })
  }

  /** Of all partitions of the topics; none of a topic that is not there. */
  async lagOf(group: string, topics: readonly string[]): Promise<PartitionLag[]> {
    const partitions = (await Promise.all(topics.map((topic) => this.#partitionsOf(topic)))).flat()
    const committed = await this.committedOf(group, partitions)
    return partitions.map((partition, index) => {
      const offset = committed[index]?.offset
      return {
        ...partition,
        committed: offset,
        lag: Math.max(0, partition.last - Math.max(offset ?? 0, partition.first)),
      }
    })
  }

  /** Of the oldest record that is not committed: milliseconds since 1970; undefined where all are. Reads one record a partition. */
  async oldestUncommitted(lags: readonly PartitionLag[], signal?: AbortSignal): Promise<number | undefined> {
    const behind = lags.filter(({ lag }) => lag > 0)
    const read = async ({ topic, partition, committed, first }: PartitionLag) => {
      const positions = new Map([[partition, Math.max(committed ?? 0, first)]])
      const bounds = { maxEvents: 1, maxBytes: 1, timeoutMs: limitMs, ...(signal && { signal }) }
      const { records } = await this.#parts.records.read({ topic, positions, ...bounds })
      return records.map(({ timestamp }) => timestamp)
    }
    const times = (await Promise.all(behind.map(read))).flat()
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** False: it has members, who would not notice. A topic's partitions that are not named stay as they are. */
  async setOffsets(group: string, positions: readonly GroupPosition[]): Promise<boolean> {
    const isSet = positions.length === 0 || (await this.#parts.admin.setOffsets(group, positions))
    this.#entries.delete(group)
    return isSet
  }

  /** False: it has members. */
  async delete(group: string): Promise<boolean> {
    const isGone = await this.#parts.admin.delete(group)
    this.#entries.delete(group)
    return isGone
  }

  async #ask(name: string): Promise<ConsumerGroup> {
    const group = groupOf(await this.#parts.admin.describe(name))
    this.#entries.set(name, { group, at: this.#now() })
    return group
  }

  async #partitionsOf(topic: string): Promise<{ topic: string; partition: number; first: number; last: number }[]> {
    const { topics } = this.#parts
    const info = await topics.findCurrent(topic)
    if (!info) return []
    const ranges = await topics.offsets(
      topic,
      Array.from({ length: info.partitions }, (_, partition) => partition),
    )
    return ranges.map((range) => ({ topic, ...range }))
  }
}

function groupOf({ state, members }: DescribedGroup): ConsumerGroup {
  return { state: stateOf(state.toLowerCase()), members }
}

function stateOf(state: string): ConsumerGroup['state'] {
  if (state === 'stable' || state === 'empty') return state
  return state === 'dead' ? 'absent' : 'rebalancing'
}
