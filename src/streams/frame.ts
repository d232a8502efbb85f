/** Offsets of one partition: `from` and up to before `to`. */
export interface OffsetRange {
  topic: string
  partition: number
  from: number
  to: number
}

/** A message about a place in a topic as it goes over connections, shared by all who get it. */
export interface Frame extends OffsetRange {
  readonly bytes: Buffer
  /** Of a reader that has read it. */
  readonly cursor: string
  readonly key: Buffer | null
}
