import type { TopicPosition } from '../reading/cursor.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { Channel } from './channel.ts'
import type { FollowedTopic, TailListener } from './followed-topic.ts'
import type { OffsetRange } from './frame.ts'
import type { StreamRecord } from './stream-record.ts'

/** A topic of a live reader. */
export interface LiveTopic {
  followed: FollowedTopic
  /** The only partition that is read, or null where all are. */
  partition: number | null
}

/** Live readers of the same topics. They stand at the same place, and so share their cursor. */
export class TopicSet implements TailListener {
  readonly channels = new Map<string, Channel>()
  readonly #topics: readonly LiveTopic[]
  /** Positions that are carried along, and not read. */
  readonly #paused: readonly TopicPosition[]
  readonly #cursors: CursorSigner
  #cursor: string | undefined

  constructor(topics: readonly LiveTopic[], paused: readonly TopicPosition[], cursors: CursorSigner) {
    this.#topics = topics
    this.#paused = paused
    this.#cursors = cursors
  }

  /** Where a reader stands that has read everything. */
  get cursor(): string {
    this.#cursor ??= this.#cursors.sign({ topics: [...this.#topics.map(tailPosition), ...this.#paused] })
    return this.#cursor
  }

  offer(record: StreamRecord): void {
    const { topic, partition } = record.record
    if (!this.#reads(topic, partition)) return
    this.advance()
    for (const channel of this.channels.values()) channel.offer(record)
  }

  offerGap(range: OffsetRange): void {
    if (!this.#reads(range.topic, range.partition)) return
    this.advance()
    for (const channel of this.channels.values()) channel.offerGap(range)
  }

  advance(): void {
    this.#cursor = undefined
  }

  flush(): void {
    for (const channel of this.channels.values()) channel.flush()
  }

  #reads(topic: string, partition: number): boolean {
    const live = this.#topics.find(({ followed }) => followed.topic === topic)
    return live !== undefined && (live.partition === null || live.partition === partition)
  }
}

/** Where the tail stands in a topic. */
function tailPosition({ followed, partition }: LiveTopic): TopicPosition {
  const rings = [...followed.rings].filter(([of]) => partition === null || of === partition)
  const next = new Map(rings.map(([of, ring]) => [of, ring.next]))
  return { topic: followed.topic, topicId: followed.id, partition, next }
}
