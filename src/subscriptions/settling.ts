import { GatewayError } from '../errors/gateway-error.ts'
import type { TopicCatalog } from '../kafka/topic-catalog.ts'
import { atOwners } from './at-owners.ts'
import type { LeaseToken, LeaseTokens } from './lease-token.ts'
import type { LeaseResult, Settlement } from './replica-calls.ts'
import type { ReplicasOf } from './replicas-of.ts'
import { groupTopicsOf, type Subscription } from './subscription.ts'

export interface SettledLease {
  result: Exclude<LeaseResult['result'], 'not-here' | 'unconfirmed'> | 'unavailable'
  token?: string
  leaseEndsAt?: string
}

interface SettlingParts {
  replicas: ReplicasOf
  tokens: LeaseTokens
  topics: Pick<TopicCatalog, 'findCurrent'>
}

/** Brings tokens to whoever has their partitions now. */
export class Settling {
  readonly #parts: SettlingParts

  constructor(parts: SettlingParts) {
    this.#parts = parts
  }

  /** In the order of the tokens. Rejects with `subscription-unavailable` where nothing could be done for any of them. */
  async settle(subscription: Subscription, texts: readonly string[], settlement: Settlement): Promise<SettledLease[]> {
    const { replicas } = this.#parts
    const names = await this.#topicNames(subscription)
    const judged = texts.map((text) => this.#judged(subscription, names, text))
    const items = judged.filter((each) => 'topic' in each)
    const answers = await atOwners(replicas, subscription, items, (replica, ofReplica) =>
      replica.settle({ subscription: subscription.name, leases: ofReplica.map(({ lease }) => lease), settlement }),
    )
    const answerOf = new Map(items.map((item, index) => [item, answers[index]]))
    const settled = judged.map((each) => ('topic' in each ? shown(answerOf.get(each)) : each))
    if (settled.every(({ result }) => result === 'unavailable')) throw unavailable()
    return settled
  }

  #judged(
    { name }: Subscription,
    names: ReadonlyMap<string, string>,
    text: string,
  ): SettledLease | { topic: string; partition: number; lease: LeaseToken } {
    const lease = this.#verified(text)
    if (lease?.subscription !== name) return { result: 'invalid' }
    const topic = names.get(lease.topicId)
    // Another topic has its name now, or it was taken out of the subscription.
    return topic === undefined ? { result: 'lost' } : { topic, partition: lease.partition, lease }
  }

  #verified(text: string): LeaseToken | undefined {
    try {
      return this.#parts.tokens.verify(text)
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }

  async #topicNames(subscription: Subscription): Promise<Map<string, string>> {
    const found = await Promise.all(groupTopicsOf(subscription).map((topic) => this.#parts.topics.findCurrent(topic)))
    return new Map(found.flatMap((info): [string, string][] => (info ? [[info.id, info.name]] : [])))
  }
}

function shown(answer: LeaseResult | undefined): SettledLease {
  if (!answer || answer.result === 'not-here' || answer.result === 'unconfirmed') return { result: 'unavailable' }
  return { ...answer, result: answer.result }
}

function unavailable(): GatewayError {
  const detail =
    'No replica has the partitions of these leases now, or Kafka has not confirmed what was done. Send the same tokens again.'
  return new GatewayError('subscription-unavailable', detail, { retryAfterSeconds: 1, mayBeDone: true })
}
