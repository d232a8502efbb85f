import { LRUCache } from 'lru-cache'
import { type KafkaAdmin, type PartitionOffset, timeOf } from './kafka-admin.ts'

export interface TopicInfo {
  name: string
  /** Kafka's id of the topic, base64. A topic recreated under its name has another. */
  id: string
  partitions: number
}

export interface PartitionRange {
  partition: number
  first: number
  /** The offset after the last committed record. */
  last: number
}

interface Entry {
  info: TopicInfo | undefined
  at: number
}

const knownForMs = 30_000
const currentForMs = 1_000

/** What topics there are. A known topic is answered from memory, refreshed behind, and stays known while Kafka is away. */
export class TopicCatalog {
  readonly #admin: Pick<KafkaAdmin, 'describeTopic' | 'listTopics' | 'listOffsets'>
  readonly #now: () => number
  readonly #entries = new LRUCache<string, Entry>({ max: 10_000 })
  readonly #refreshing = new Map<string, Promise<TopicInfo | undefined>>()

  constructor(admin: Pick<KafkaAdmin, 'describeTopic' | 'listTopics' | 'listOffsets'>, now: () => number = Date.now) {
    this.#admin = admin
    this.#now = now
  }

  /** No promise where the answer is in memory, which it is for nearly every publish. Rejects with `kafka-unavailable`. */
  find(topic: string): TopicInfo | undefined | Promise<TopicInfo | undefined> {
    const entry = this.#entries.get(topic)
    if (!entry) return this.refresh(topic)
    const age = this.#now() - entry.at
    if (!entry.info) return age < currentForMs ? undefined : this.refresh(topic)
    if (age >= knownForMs) this.refresh(topic).catch(() => {})
    return entry.info
  }

  /** As Kafka had it within the last second: for those who must notice that a topic was recreated, or has grown. */
  findCurrent(topic: string): TopicInfo | undefined | Promise<TopicInfo | undefined> {
    const entry = this.#entries.get(topic)
    return entry && this.#now() - entry.at < currentForMs ? entry.info : this.refresh(topic)
  }

  /** Asks Kafka, whatever is known; one question at a time about a topic. */
  refresh(topic: string): Promise<TopicInfo | undefined> {
    const running = this.#refreshing.get(topic)
    if (running) return running
    const started = this.#ask(topic).finally(() => this.#refreshing.delete(topic))
    this.#refreshing.set(topic, started)
    return started
  }

  list(): Promise<string[]> {
    return this.#admin.listTopics()
  }

  async offsets(topic: string, partitions: readonly number[]): Promise<PartitionRange[]> {
    const [first, last] = await Promise.all([
      this.#admin.listOffsets(topic, partitions, timeOf.first),
      this.#admin.listOffsets(topic, partitions, timeOf.last),
    ])
    const lastOf = new Map(last.map(({ partition, offset }) => [partition, offset]))
    return first
      .map(({ partition, offset }) => ({ partition, first: offset, last: lastOf.get(partition) ?? offset }))
      .sort((a, b) => a.partition - b.partition)
  }

  /** Where the partition ends, with what is under way in transactions. */
  async endOf(topic: string, partition: number): Promise<number> {
    return (await this.#admin.listOffsets(topic, [partition], timeOf.last, false))[0]?.offset ?? 0
  }

  /** The first record of each partition at or after the time; where there is none, the end. */
  async offsetsAt(topic: string, partitions: readonly number[], timestampMs: number): Promise<PartitionOffset[]> {
    const found = await this.#admin.listOffsets(topic, partitions, Math.max(0, timestampMs))
    const later = found.filter(({ offset }) => offset >= 0)
    const none = found.filter(({ offset }) => offset < 0).map(({ partition }) => partition)
    const ends = await this.#admin.listOffsets(topic, none, timeOf.last)
    return [...later, ...ends].sort((a, b) => a.partition - b.partition)
  }

  async #ask(topic: string): Promise<TopicInfo | undefined> {
    const found = await this.#admin.describeTopic(topic)
    const info = found && { name: found.name, id: found.topicId.base64, partitions: found.partitions.length }
    this.#entries.set(topic, { info, at: this.#now() })
    return info
  }
}
