/** Names may repeat, and order is kept. A `null` value is read back as an empty one: the client cannot tell them apart. */
export interface RecordHeader {
  name: string
  value: Buffer | null
}

/** A record as it is given to Kafka. `null` and empty are different things, for keys and for values. */
export interface EncodedRecord {
  /** Absent: the partition follows from the key, or is any where there is none. */
  partition?: number
  key: Buffer | null
  /** `null` is a tombstone. */
  value: Buffer | null
  /** Milliseconds since 1970, above 0: Kafka's client reads 0 as "now". */
  timestamp: number
  headers: readonly RecordHeader[]
}

/** A record as Kafka keeps it. */
export interface StoredRecord {
  topic: string
  partition: number
  offset: number
  /** Milliseconds since 1970; -1 where the record has none. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: readonly RecordHeader[]
  /** What it counts for against limits: key, value and headers. */
  bytes: number
}
