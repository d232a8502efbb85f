import { GatewayError } from '../errors/gateway-error.ts'
import type { TopicCatalog, TopicInfo } from '../kafka/topic-catalog.ts'
import type { TopicPosition } from './cursor.ts'
import type { CursorSigner } from './cursor-signer.ts'
import type { StartPosition } from './start-position.ts'

export interface PositionsParts {
  topics: Pick<TopicCatalog, 'findCurrent' | 'refresh' | 'offsets' | 'offsetsAt'>
  cursors: CursorSigner
}

export interface ReadStart {
  /** A cursor goes before `from` and `partition`. */
  cursor?: string | undefined
  from: StartPosition
  partition?: number | undefined
}

type Offsets = Map<number, number>

/** Where a read begins: a cursor's position brought up to date, or what `from` means now. */
export class Positions {
  readonly #parts: PositionsParts

  constructor(parts: PositionsParts) {
    this.#parts = parts
  }

  async start(topic: string, { cursor, from, partition }: ReadStart): Promise<TopicPosition> {
    if (cursor === undefined) return this.begin(topic, from, partition)
    const position = this.#parts.cursors.verify(cursor).topics.find((each) => each.topic === topic)
    if (!position) throw new GatewayError('invalid-cursor', `The cursor is of another topic than "${topic}".`)
    return this.resume(position)
  }

  async begin(topic: string, from: StartPosition, partition?: number): Promise<TopicPosition> {
    const info = await this.topic(topic)
    if (partition !== undefined) this.assertPartition(info, partition)
    const partitions = partition === undefined ? partitionsOf(info) : [partition]
    const next = await this.#offsetsAt(topic, partitions, from)
    return { topic, topicId: info.id, partition: partition ?? null, next }
  }

  /** Brings the position of a cursor up to date. Throws GatewayError `topic-recreated`. */
  async resume(position: TopicPosition): Promise<TopicPosition> {
    const known = await this.topic(position.topic)
    const info = position.topicId === known.id ? known : await this.#refreshed(known)
    if (position.topicId !== info.id) {
      throw new GatewayError(
        'topic-recreated',
        `Topic "${info.name}" was deleted and created again since the cursor was given. Begin again with \`from\`.`,
      )
    }
    return position.partition === null ? this.#withAddedPartitions(info, position) : position
  }

  /** What of a position is gone: in each of these partitions, `to` is the first offset that there is. */
  async gaps({ topic, next }: TopicPosition): Promise<{ partition: number; from: number; to: number }[]> {
    const ranges = await this.#parts.topics.offsets(topic, [...next.keys()])
    return ranges.flatMap(({ partition, first, last }) => {
      const from = next.get(partition) ?? first
      return from >= first && from <= last ? [] : [{ partition, from, to: first }]
    })
  }

  async topic(topic: string): Promise<TopicInfo> {
    const info = await this.#parts.topics.findCurrent(topic)
    if (!info) throw new GatewayError('topic-not-found', `There is no topic "${topic}".`)
    return info
  }

  assertPartition({ name, partitions }: TopicInfo, partition: number): void {
    if (partition < partitions) return
    throw new GatewayError('partition-not-found', `Topic "${name}" has partitions 0 to ${partitions - 1}.`)
  }

  /** What is remembered of a topic may be older than the cursor is. */
  async #refreshed({ name }: TopicInfo): Promise<TopicInfo> {
    await this.#parts.topics.refresh(name)
    return this.topic(name)
  }

  /** A partition that was added under a cursor is read from its beginning. */
  async #withAddedPartitions(info: TopicInfo, position: TopicPosition): Promise<TopicPosition> {
    const added = partitionsOf(info).filter((partition) => !position.next.has(partition))
    if (added.length === 0) return position
    const begin = await this.#offsetsAt(info.name, added, { at: 'earliest' })
    return { ...position, next: new Map([...position.next, ...begin]) }
  }

  async #offsetsAt(topic: string, partitions: readonly number[], from: StartPosition): Promise<Offsets> {
    if (from.at === 'time') {
      const found = await this.#parts.topics.offsetsAt(topic, partitions, from.timestampMs)
      return new Map(found.map(({ partition, offset }) => [partition, offset]))
    }
    const ranges = await this.#parts.topics.offsets(topic, partitions)
    return new Map(ranges.map(({ partition, first, last }) => [partition, startOf(from, first, last)]))
  }
}

function startOf(from: Exclude<StartPosition, { at: 'time' }>, first: number, last: number): number {
  switch (from.at) {
    case 'earliest':
      return first
    case 'latest':
      return last
    case 'before-end':
      return Math.max(first, last - from.events)
  }
}

const partitionsOf = ({ partitions }: TopicInfo): number[] => Array.from({ length: partitions }, (_, index) => index)
