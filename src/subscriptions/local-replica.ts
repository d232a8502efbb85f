import { GatewayError } from '../errors/gateway-error.ts'
import { PartitionLost } from '../errors/partition-lost.ts'
import { receive } from './receive.ts'
import type {
  LeaseResult,
  ReceiveCall,
  Received,
  SeekCall,
  SeekResult,
  SettleCall,
  SubscriptionReplica,
  WithdrawCall,
} from './replica-calls.ts'
import { settle, withdraw } from './settle.ts'
import type { SubscriptionOwner } from './subscription-owner.ts'

/** What this replica does with the partitions that it owns, for itself and for others. It joins no group by itself. */
export class LocalReplica implements SubscriptionReplica {
  readonly #find: (name: string) => SubscriptionOwner | undefined
  readonly #waiting = new Map<string, AbortController>()

  constructor(find: (name: string) => SubscriptionOwner | undefined) {
    this.#find = find
  }

  async receive(call: ReceiveCall): Promise<Received> {
    const owner = this.#find(call.subscription)
    if (!owner) return { events: [], partitions: 0 }
    const cancelled = new AbortController()
    this.#waiting.set(call.id, cancelled)
    try {
      return await receive(owner, call, cancelled.signal)
    } finally {
      this.#waiting.delete(call.id)
    }
  }

  async cancel({ id }: { id: string }): Promise<void> {
    this.#waiting.get(id)?.abort()
  }

  async settle(call: SettleCall): Promise<LeaseResult[]> {
    const owner = this.#find(call.subscription)
    return owner ? await settle(owner, call) : call.leases.map(() => ({ result: 'not-here' }))
  }

  async withdraw({ subscription, tokens }: WithdrawCall): Promise<void> {
    const owner = this.#find(subscription)
    if (owner) withdraw(owner, tokens)
  }

  seek({ subscription, positions }: SeekCall): Promise<SeekResult[]> {
    const owner = this.#find(subscription)
    return Promise.all(
      positions.map(async ({ topic, partition, offset }): Promise<SeekResult> => {
        const held = owner?.find(topic, partition)
        if (!owner || !held) return { result: 'not-here' }
        try {
          await held.seek(offset)
          owner.changes.wake()
          return { result: 'moved' }
        } catch (error) {
          if (error instanceof PartitionLost) return { result: 'not-here' }
          owner.fail()
          const detail = 'Kafka has not confirmed the new position of every partition.'
          throw new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1, mayBeDone: true, cause: error })
        }
      }),
    )
  }

  async leased({ subscription }: { subscription: string }): Promise<number> {
    return this.#find(subscription)?.leased ?? 0
  }
}
