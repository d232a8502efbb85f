import type { Config } from '../config/config.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import type { CommittedPosition } from '../kafka/group-assignment.ts'
import type { GroupPartition, GroupPosition } from '../kafka/group-commits.ts'
import type { GroupMember, GroupMemberParts } from '../kafka/group-member.ts'
import type { StoredRecord } from '../kafka/record.ts'
import type { TopicCatalog } from '../kafka/topic-catalog.ts'
import type { Logger } from '../observability/logger.ts'
import type { SubscriptionMeter } from '../observability/subscription-metrics.ts'
import type { EventDecoder } from '../reading/event-decoder.ts'
import { parseFilter } from '../reading/event-filter.ts'
import type { DeadLetters } from './dead-letters.ts'
import { HeldPartition } from './held-partition.ts'
import type { LeaseTokens } from './lease-token.ts'
import { asBefore, isRedrivenTopic } from './redriving/redriven.ts'
import { groupOf, groupTopicsOf, type Subscription, startOf } from './subscription.ts'
import { Wakeups } from './wakeups.ts'

export type JoinGroup = (
  parts: Pick<GroupMemberParts, 'group' | 'topics' | 'onAssigned' | 'onRevoked' | 'onRecords' | 'onFailed'>,
) => Promise<GroupMember>

export interface SubscriptionOwnerParts {
  join: JoinGroup
  topics: Pick<TopicCatalog, 'refresh'>
  contracts: Pick<ContractSource, 'get'>
  decoder: Pick<EventDecoder, 'open' | 'decode'>
  tokens: LeaseTokens
  deadLetters: Pick<DeadLetters, 'write'>
  settings: Config['subscriptions']
  readBytes: Config['limits']['readBytes']
  meter: Pick<SubscriptionMeter, 'count' | 'rebalanced'>
  log: Logger
}

const tickMs = 200
/** What brokers take (`offset.metadata.max.bytes`), less the zero that the client adds. */
const metadataCharacters = 4_095
const nobodyUnmasked: ReadonlySet<string> = new Set()

/** This replica's part of one subscription, as long as its settings are these: the group's member, and the partitions that it has. */
export class SubscriptionOwner {
  readonly subscription: Subscription
  readonly changes = new Wakeups()
  readonly #parts: SubscriptionOwnerParts
  readonly #held = new Map<string, HeldPartition>()
  readonly #onFailed: () => void
  readonly #timer: NodeJS.Timeout
  #member: GroupMember | undefined
  #usedAt = Date.now()
  #hasEnded = false
  #turn = 0

  private constructor(parts: SubscriptionOwnerParts, subscription: Subscription, onFailed: () => void) {
    this.#parts = parts
    this.subscription = subscription
    this.#onFailed = onFailed
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** Rejects with a GatewayError where Kafka is away. `onFailed`: it has to be left, and joined anew. */
  static async join(
    parts: SubscriptionOwnerParts,
    subscription: Subscription,
    onFailed: () => void,
  ): Promise<SubscriptionOwner> {
    const owner = new SubscriptionOwner(parts, subscription, onFailed)
    try {
      owner.#member = await parts.join({
        group: groupOf(subscription.name),
        topics: groupTopicsOf(subscription),
        onAssigned: (partitions) => owner.#assigned(partitions),
        onRevoked: (partitions, wasLost) => owner.#revoked(partitions, wasLost),
        onRecords: (records, ends) => owner.#take(records, ends),
        onFailed,
      })
      return owner
    } catch (error) {
      await owner.leave()
      throw error
    }
  }

  get parts(): SubscriptionOwnerParts {
    return this.#parts
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  get partitions(): readonly HeldPartition[] {
    return [...this.#held.values()]
  }

  /** The partitions, beginning with another one each time. */
  rotated(): HeldPartition[] {
    const all = this.partitions
    this.#turn = (this.#turn + 1) % Math.max(1, all.length)
    return [...all.slice(this.#turn), ...all.slice(0, this.#turn)]
  }

  get leased(): number {
    return this.partitions.reduce((sum, { ledger }) => sum + ledger.leased, 0)
  }

  /** How long nobody has received, while nothing is leased. */
  idleMs(now: number): number {
    return this.leased > 0 ? 0 : now - this.#usedAt
  }

  noteUse(): void {
    this.#usedAt = Date.now()
  }

  find(topic: string, partition: number): HeldPartition | undefined {
    return this.#held.get(keyOf({ topic, partition }))
  }

  /** By Kafka's id of the topic, as tokens name it. */
  findById(topicId: string, partition: number): HeldPartition | undefined {
    for (const held of this.#held.values()) if (held.topicId === topicId && held.partition === partition) return held
    return undefined
  }

  /** It can no longer be said where the member stands: it has to join anew. */
  fail(): void {
    this.#onFailed()
  }

  /** Commits what it can, and gives everything back. */
  async leave(): Promise<void> {
    this.#hasEnded = true
    await this.#member?.leave()
    clearInterval(this.#timer)
    for (const held of this.partitions) held.end()
    this.#held.clear()
    this.changes.wake()
  }

  async #assigned(partitions: readonly CommittedPosition[]): Promise<readonly GroupPosition[]> {
    const topicIds = new Map<string, string>()
    for (const topic of new Set(partitions.map((each) => each.topic))) {
      const info = await this.#parts.topics.refresh(topic)
      if (!info) throw new Error(`there is no topic ${topic}`)
      topicIds.set(topic, info.id)
    }
    const held = partitions.map((each) => this.#hold(each, topicIds.get(each.topic) ?? ''))
    for (const each of held) this.#held.set(keyOf(each), each)
    this.#parts.meter.rebalanced(this.subscription.name)
    this.changes.wake()
    return held.map(({ topic, partition, ledger }) => ({ topic, partition, offset: ledger.next }))
  }

  #hold({ topic, partition, offset, metadata }: CommittedPosition, topicId: string): HeldPartition {
    const { subscription } = this
    const { settings, deadLetters, meter, log } = this.#parts
    const isCommitted = offset !== undefined && offset >= 0
    const position = isCommitted
      ? { offset, metadata }
      : { offset: startOf(subscription, topic, partition), metadata: '' }
    const { deadLetterTopic: to, name } = subscription
    const isRedriven = isRedrivenTopic(subscription, topic)
    return new HeldPartition({
      topic,
      partition,
      topicId,
      position,
      settings: {
        // Without a place for it, nothing is ever taken away from the receivers.
        maxDeliveries: to === null ? Number.MAX_SAFE_INTEGER : subscription.maxDeliveries,
        leaseMs: subscription.leaseSeconds * 1000,
        orderedByKey: subscription.orderedByKey,
        maxLeased: settings.leasedEvents,
        metadataCharacters,
      },
      bounds: { unleased: settings.unleasedEvents, events: settings.heldEvents, bytes: settings.heldBytes },
      member: () => this.#joined(),
      admits: isRedriven ? this.#admitsRedriven() : this.#admits(),
      shown: isRedriven ? asBefore : (record) => record,
      bury: async (rejected, signal) => {
        if (to === null) return
        await deadLetters.write({ subscription: name, to }, rejected, signal)
        meter.count(name, 'dead-lettered', 1)
      },
      onChange: () => this.changes.wake(),
      log,
    })
  }

  /** What is of a topic that was taken out since, its receivers perhaps may not read. */
  #admitsRedriven(): (record: StoredRecord) => boolean | Promise<boolean> {
    const admits = this.#admits()
    return (record) => this.subscription.topics.includes(record.topic) && (admits?.(record) ?? true)
  }

  #admits(): ((record: StoredRecord) => boolean | Promise<boolean>) | undefined {
    if (this.subscription.filter === null) return undefined
    const filter = parseFilter(this.subscription.filter)
    const { decoder, contracts } = this.#parts
    return (record) => {
      const judged = (open: Awaited<ReturnType<EventDecoder['open']>>): boolean => {
        const event = open({ longs: 'number', unmasked: nobodyUnmasked })
        return event.error !== undefined || filter.matches(event)
      }
      const opened = decoder.open(record, contracts.get(record.topic))
      return opened instanceof Promise ? opened.then(judged) : judged(opened)
    }
  }

  async #revoked(partitions: readonly GroupPartition[], wasLost: boolean): Promise<void> {
    const going = partitions.flatMap((partition) => this.#held.get(keyOf(partition)) ?? [])
    // From here on nothing of them is leased; what was acknowledged is still committed.
    for (const held of going) this.#held.delete(keyOf(held))
    if (!wasLost) await Promise.allSettled(going.map((held) => held.commit()))
    for (const held of going) held.end()
    this.#parts.meter.rebalanced(this.subscription.name)
    this.changes.wake()
  }

  #take(records: readonly StoredRecord[], ends: readonly GroupPosition[]): void {
    for (const [key, ofOne] of Map.groupBy(records, keyOf)) this.#held.get(key)?.take(ofOne)
    for (const end of ends) this.#held.get(keyOf(end))?.skipTo(end.offset)
    this.changes.wake()
  }

  #tick(): void {
    const now = Date.now()
    for (const held of this.partitions) {
      const { nextDeadline } = held.ledger
      held.tick(now)
      this.#parts.meter.count(this.subscription.name, 'expired', held.ledger.takeExpired())
      if (nextDeadline !== null && nextDeadline <= now) this.changes.wake()
    }
  }

  #joined(): GroupMember {
    if (!this.#member) throw new Error('the member has not joined')
    return this.#member
  }
}

const keyOf = ({ topic, partition }: GroupPartition): string => `${topic}/${partition}`
