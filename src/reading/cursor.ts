/** A position in one topic. */
export interface TopicPosition {
  topic: string
  /** Kafka's id of the topic: a topic recreated under its name has another. */
  topicId: string
  /** The only partition that is read, or null where all are, also ones that are added later. */
  partition: number | null
  /** The next offset to read, by partition. */
  next: ReadonlyMap<number, number>
}

/** Where a reader stands. It grants nothing: permission is checked whenever it is used. */
export interface Cursor {
  topics: readonly TopicPosition[]
}
