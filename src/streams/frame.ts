/** Who gets frames together with others. */
export interface FrameTaker {
  /** @param bytes of all frames, one after the other */
  take(frames: readonly Frame[], bytes: Buffer): void
}

/** Offsets of one partition: `from` and up to before `to`. */
export interface OffsetRange {
  topic: string
  partition: number
  from: number
  to: number
}

/** Equal for the same partition. */
export const placeText = ({ topic, partition }: Pick<OffsetRange, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`

/** A message about a place in a topic as it goes over connections, shared by all who get it. */
export interface Frame {
  readonly bytes: Buffer
  /** Of a reader that has read it. */
  readonly cursor: string
  readonly range: OffsetRange
  /** {@link placeText} of its range. */
  readonly place: string
  /** Equal for frames of which a newer one stands for an older one. */
  readonly key: string | undefined
}
