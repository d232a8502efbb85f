import type { Event } from '../reading/event.ts'
import type { TokenAnswer } from './ledger/event-states.ts'
import type { LeaseStop } from './ledger/partition-ledger.ts'

export interface ReceiveCall {
  subscription: string
  /** Of this call: {@link SubscriptionReplica.cancel} names it. */
  id: string
  max: number
  waitMs: number
  /** The receiver's own name for what it asks for. */
  receiveKey: string | null
  /** Nothing new: only what is leased under the key. */
  onlyRepeated: boolean
  /** Masked topics of which the receiver may see everything. */
  unmasked: readonly string[]
  longs: 'number' | 'string'
}

export interface ReceivedEvent {
  token: string
  deliveries: number
  leaseEndsAt: string
  event: Event
}

export interface Received {
  events: ReceivedEvent[]
  /** Why there is nothing although there are events. */
  stopped?: Extract<LeaseStop, 'leases' | 'metadata'>
  /** How many partitions it owns. */
  partitions: number
}

export type Settlement =
  | { action: 'acknowledge' }
  | { action: 'release'; delayMs: number }
  | { action: 'reject'; reason: string | null; by: string }
  | { action: 'renew'; leaseMs: number }
  /** The receiver has never heard of the lease: the delivery does not count. */
  | { action: 'withdraw' }

export interface SettleCall {
  subscription: string
  tokens: readonly string[]
  settlement: Settlement
}

export interface LeaseResult {
  /** `not-here`: the partition is another replica's. `unconfirmed`: Kafka has not said that it has it. */
  result: TokenAnswer | 'invalid' | 'not-here' | 'unconfirmed'
  token?: string
  leaseEndsAt?: string
}

export interface PartitionOffset {
  topic: string
  partition: number
  offset: number
}

export interface SeekCall {
  subscription: string
  positions: readonly PartitionOffset[]
}

export interface SeekResult {
  result: 'moved' | 'not-here'
}

/** What a replica does with the partitions of a subscription that it owns. Calls and answers are JSON. */
export interface SubscriptionReplica {
  receive(call: ReceiveCall): Promise<Received>
  /** A receive that waits answers now. */
  cancel(call: { id: string }): Promise<void>
  /** In the order of the tokens. */
  settle(call: SettleCall): Promise<LeaseResult[]>
  /** In the order of the positions. */
  seek(call: SeekCall): Promise<SeekResult[]>
  leased(call: { subscription: string }): Promise<number>
}
