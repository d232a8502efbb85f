export interface LedgerSettings {
  /** An event that was given so often, and not acknowledged, is rejected. */
  maxDeliveries: number
  /** How long a lease of another replica may still run. */
  leaseMs: number
  /** Of each key, one event at a time. */
  orderedByKey: boolean
  maxLeased: number
  /** What the broker takes: `offset.metadata.max.bytes`. */
  metadataCharacters: number
}
