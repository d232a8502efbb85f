import type { ContractSource } from '../contracts/contract-source.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ProblemCode } from '../errors/problems.ts'
import type { TopicCatalog } from '../kafka/topic-catalog.ts'
import type { Positions } from '../reading/positions.ts'
import { FollowedTopic, type FollowedTopicParts } from './followed-topic.ts'

export interface FollowedTopicsParts extends Omit<FollowedTopicParts, 'nextSequence'> {
  contracts: ContractSource
  positions: Pick<Positions, 'begin'>
  topics: Pick<TopicCatalog, 'findCurrent' | 'offsets'>
  /** How long a topic is followed after its last reader. */
  quietMs: number
  /** One more reader, besides so many. Throws where that is too many. */
  admit: (topic: string, readers: number) => void
  /** It cannot be followed any more. */
  onEnded: (followed: FollowedTopic, code: ProblemCode, detail: string) => void
}

interface Entry {
  following: Promise<FollowedTopic>
  followed?: FollowedTopic
  users: number
  timer?: NodeJS.Timeout
}

/** The topics that have readers, or had some a moment ago. */
export class FollowedTopics implements Disposable {
  readonly #parts: FollowedTopicsParts
  readonly #entries = new Map<string, Entry>()
  #sequence = 0

  constructor(parts: FollowedTopicsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#entries.size
  }

  /** To be given back. Rejects with `topic-not-found` or `kafka-unavailable`. */
  async take(topic: string): Promise<FollowedTopic> {
    const entry = this.#entries.get(topic) ?? this.#begin(topic)
    this.#parts.admit(topic, entry.users)
    clearTimeout(entry.timer)
    entry.users += 1
    return entry.following
  }

  /** To be awaited before somebody new reads. Throws as opening a record does. */
  async freshen(followed: FollowedTopic): Promise<void> {
    followed.maskedBy(await this.#parts.decoder.maskedBy(followed.contract))
  }

  giveBack(followed: FollowedTopic): void {
    const entry = this.#entries.get(followed.topic)
    // Another one may be followed by now under its name.
    if (entry?.followed !== followed) return
    entry.users -= 1
    if (entry.users > 0) return
    entry.timer = setTimeout(() => this.#end(followed.topic), this.#parts.quietMs).unref()
  }

  /** Whoever reads the topic begins anew. */
  contractChanged(topic: string): void {
    const entry = this.#entries.get(topic)
    if (!entry) return
    this.#end(topic)
    if (entry.followed) this.#tellOfContract(entry.followed)
    else
      entry.following.then(
        (followed) => this.#tellOfContract(followed),
        () => {},
      )
  }

  /** Looks at what became of the topics in Kafka: to be called now and then. While Kafka is away, nothing is known. */
  async check(): Promise<void> {
    const known = [...this.#entries.values()].flatMap(({ followed }) => (followed ? [followed] : []))
    await Promise.all(known.map((followed) => this.#check(followed).catch(() => {})))
  }

  [Symbol.dispose](): void {
    for (const topic of [...this.#entries.keys()]) this.#end(topic)
  }

  #begin(topic: string): Entry {
    const entry: Entry = { following: this.#follow(topic), users: 0 }
    this.#entries.set(topic, entry)
    entry.following.then(
      (followed) => {
        entry.followed = followed
      },
      () => this.#entries.delete(topic),
    )
    return entry
  }

  async #follow(topic: string): Promise<FollowedTopic> {
    const { topicId, next } = await this.#parts.positions.begin(topic, { at: 'latest' })
    const contract = this.#parts.contracts.get(topic)
    const nextSequence = () => ++this.#sequence
    return new FollowedTopic({ contract, id: topicId, ends: next }, { ...this.#parts, nextSequence })
  }

  async #check(followed: FollowedTopic): Promise<void> {
    const { topic, id, rings } = followed
    const info = await this.#parts.topics.findCurrent(topic)
    if (info?.id !== id) {
      const code = info ? 'topic-recreated' : 'topic-not-found'
      this.#end(topic)
      this.#parts.onEnded(followed, code, `Topic "${topic}" was deleted${info ? ' and created again' : ''}.`)
      return
    }
    for (let partition = rings.size; partition < info.partitions; partition++) followed.addPartition(partition)
    for (const { partition, first } of await this.#parts.topics.offsets(topic, [...rings.keys()])) {
      followed.begin(partition, first)
    }
    await this.freshen(followed)
  }

  #tellOfContract(followed: FollowedTopic): void {
    const { code, message } = contractOther(followed.topic)
    this.#parts.onEnded(followed, code, message)
  }

  #end(topic: string): void {
    const entry = this.#entries.get(topic)
    this.#entries.delete(topic)
    clearTimeout(entry?.timer)
    if (entry?.followed) entry.followed[Symbol.dispose]()
    else
      entry?.following.then(
        (followed) => followed[Symbol.dispose](),
        () => {},
      )
  }
}

/** For who reads a topic whose contract is another one now. */
export function contractOther(topic: string): GatewayError {
  const detail = `The contract of "${topic}" was changed. Open the stream again, with this cursor where it gave one.`
  return new GatewayError('contract-changed', detail, { retryAfterSeconds: 1 })
}
