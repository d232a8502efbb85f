import type { Event } from '../reading/event.ts'
import type { LeaseToken } from './lease-token.ts'
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

export interface SettleCall {
  subscription: string
  /** As the replica that was asked has verified them. */
  leases: readonly LeaseToken[]
  settlement: Settlement
}

export interface WithdrawCall {
  subscription: string
  /** As they were received. */
  tokens: readonly string[]
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
  /** In the order of the leases. */
  settle(call: SettleCall): Promise<LeaseResult[]>
  /** Their receiver has never heard of these leases: the deliveries do not count. */
  withdraw(call: WithdrawCall): Promise<void>
  /** In the order of the positions. */
  seek(call: SeekCall): Promise<SeekResult[]>
  leased(call: { subscription: string }): Promise<number>
}
