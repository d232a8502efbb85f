import type { TopicPosition } from '../reading/cursor.ts'
import type { FollowedTopic } from './followed-topic.ts'
import type { StreamRecord } from './stream-record.ts'

/** A topic of one reader, and where it stands; while the reader is live, the tail knows that better. */
export interface ReadTopic {
  readonly followed: FollowedTopic
  /** The only partition that is read, or null where all are. */
  readonly partition: number | null
  /** The next offset of each partition. */
  readonly next: Map<number, number>
  /** Its place is kept, and nothing is read. */
  isPaused: boolean
}

/** How a position lies to what the ring of its partition holds. */
export type Place = 'behind' | 'covered' | 'ahead'

export function placeOf({ followed, next }: ReadTopic, partition: number): Place {
  const offset = next.get(partition) ?? 0
  const ring = followed.rings.get(partition)
  // A partition that the gateway has not heard of yet: it will.
  if (!ring) return 'ahead'
  if (ring.covers(offset)) return 'covered'
  return offset > ring.next ? 'ahead' : 'behind'
}

export const isCovered = (topic: ReadTopic): boolean =>
  [...topic.next.keys()].every((partition) => placeOf(topic, partition) === 'covered')

/** What the rings hold from its place on. */
export const recordsFrom = ({ followed, next }: ReadTopic): StreamRecord[] =>
  [...next].flatMap(([partition, offset]) => followed.rings.get(partition)?.from(offset) ?? [])

/** A partition that was added is read from its beginning. */
export function addNewPartitions({ followed, partition, next }: ReadTopic): void {
  if (partition !== null) return
  for (const of of followed.rings.keys()) if (!next.has(of)) next.set(of, 0)
}

export const positionOf = ({ followed: { topic, id }, partition, next }: ReadTopic): TopicPosition => ({
  topic,
  topicId: id,
  partition,
  next,
})

/** Takes over where the tail stands. */
export function moveToTail({ followed, partition, next }: ReadTopic): void {
  for (const [of, ring] of followed.rings) if (partition === null || of === partition) next.set(of, ring.next)
}
