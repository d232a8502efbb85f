import { GatewayError } from '../../errors/gateway-error.ts'
import type { ReaderPool } from '../../kafka/reader-pool.ts'
import type { TopicCatalog } from '../../kafka/topic-catalog.ts'
import type { Transacted, TransactionalProducer } from '../../kafka/transactional-producer.ts'
import type { Audit, AuditedRequest } from '../../observability/audit.ts'
import type { SubscriptionMeter } from '../../observability/subscription-metrics.ts'
import type { DeadLetterHeaders } from '../dead-letter.ts'
import { redrivenTopicOf, type Subscription } from '../subscription.ts'
import { type LetterResult, LetterSearch, type RedriveWish, type SearchResult } from './letter-search.ts'
import type { OffsetSet } from './offset-set.ts'
import { redrivenRecord } from './redriven.ts'
import type { LetterPartition, RedrivenLetters } from './redriven-letters.ts'

export interface RedriveResult {
  redriven: number
  /** There are letters that were not looked at. */
  more: boolean
  /** Of letters that were named, in their order. */
  results?: LetterResult[]
}

interface RedrivingParts {
  topics: Pick<TopicCatalog, 'refresh' | 'offsets'>
  records: Pick<ReaderPool, 'read'>
  headers: Pick<DeadLetterHeaders, 'read'>
  redriven: Pick<RedrivenLetters, 'read' | 'recordOf'>
  /** Sees to it that there are the topics, this one among them, that a redrive is written to. */
  provideTopics: (redriven: string) => Promise<unknown>
  beginTransactions: (id: string) => Promise<Pick<TransactionalProducer, 'transact'> & AsyncDisposable>
  meter: Pick<SubscriptionMeter, 'count'>
  audit: Audit
}

/** Gives dead letters to the receivers of their subscription again, and to nobody else; each of them once. */
export class Redriving {
  readonly #parts: RedrivingParts
  readonly #last = new Map<string, Promise<unknown>>()

  constructor(parts: RedrivingParts) {
    this.#parts = parts
  }

  /** Rejects with `dead-letters-missing`, and with `kafka-unavailable`: then the same can be asked again. */
  async redrive(subscription: Subscription, wish: RedriveWish, request: AuditedRequest): Promise<RedriveResult> {
    const { name, deadLetterTopic } = subscription
    if (deadLetterTopic === null) {
      throw new GatewayError('dead-letters-missing', `The subscription "${name}" has no \`deadLetterTopic\`.`)
    }
    const change = { event: 'subscription-redriven', resource: { kind: 'subscription', name } } as const
    return await this.#parts.audit.change(
      request,
      change,
      () => this.#inTurn(name, () => this.#redrive(subscription, deadLetterTopic, wish)),
      ({ redriven }) => ({ ...change, details: { redriven } }),
    )
  }

  /** Of one replica the second waits for the first, which it would otherwise keep from ending. */
  async #inTurn<T>(name: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(act, act)
    this.#last.set(name, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name)
    }
  }

  async #redrive(subscription: Subscription, topic: string, wish: RedriveWish): Promise<RedriveResult> {
    const { topics, redriven, provideTopics, beginTransactions, meter } = this.#parts
    const search = new LetterSearch(this.#parts, subscription, topic)
    const info = await topics.refresh(topic)
    const numbers = Array.from({ length: info?.partitions ?? 0 }, (_, partition) => partition)
    const ranges = await topics.offsets(topic, numbers)
    if (!info || ranges.every(({ first, last }) => first === last)) return resultOf(await search.redrivable([], wish))
    const target = redrivenTopicOf(subscription.name)
    await provideTopics(target)
    // What was redriven is looked up after this: nobody else changes it from here on.
    await using transactions = await beginTransactions(`headgate.redrive.${subscription.name}`)
    const places = ranges.map(
      ({ partition }): LetterPartition => ({ subscription: subscription.name, topicId: info.id, partition }),
    )
    const known = await redriven.read(places)
    const partitions = ranges.map((range, index) => ({ ...range, redriven: known[index] as OffsetSet }))
    const result = await search.redrivable(partitions, wish)
    const now = Date.now()
    const events = result.found.map(({ record, letter }) => ({
      topic: target,
      record: { ...redrivenRecord(letter, record, now), partition: 0 },
    }))
    const changed = new Set(result.found.map(({ record }) => record.partition))
    const memory = partitions.flatMap(({ partition, first, redriven: offsets }, index) => {
      if (!changed.has(partition)) return []
      offsets.forget(first)
      return [redriven.recordOf(places[index] as LetterPartition, offsets)]
    })
    if (events.length > 0) assertCommitted(await transactions.transact(events, () => memory))
    meter.count(subscription.name, 'redriven', events.length)
    return resultOf(result)
  }
}

function assertCommitted(transacted: Transacted): void {
  if (transacted.status === 'committed') return
  const isUnknown = transacted.status === 'unknown'
  const follows = isUnknown ? 'It may have redriven them' : 'Nothing was redriven'
  const detail = `Kafka has not taken the transaction: ${transacted.reason}. ${follows}; send the same again.`
  throw new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1, ...(isUnknown && { mayBeDone: true }) })
}

const resultOf = ({ found, more, results }: SearchResult): RedriveResult => ({
  redriven: found.length,
  more,
  ...(results && { results }),
})
