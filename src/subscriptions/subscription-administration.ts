import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ConsumerGroups } from '../kafka/consumer-groups.ts'
import type { Audit, AuditedRequest } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import type { Positions } from '../reading/positions.ts'
import { parseStartPosition } from '../reading/start-position.ts'
import { groupOf, redrivenTopicOf, type Subscription, type SubscriptionSettings } from './subscription.ts'
import type { SubscriptionOwners } from './subscription-owners.ts'
import type { SubscriptionStore } from './subscription-store.ts'

export interface SubscriptionAdministrationParts {
  store: SubscriptionStore
  owners: SubscriptionOwners
  groups: Pick<ConsumerGroups, 'delete'>
  positions: Pick<Positions, 'begin'>
  /** There is a topic for what is redriven; where it ends. */
  provideRedriven: (topic: string) => Promise<number>
  audit: Audit
  log: Logger
}

/** How long the members of a deleted subscription may take to leave. */
const leaveLimitMs = 8_000
const lookAgainMs = 200

/** Creates subscriptions, changes and deletes them. */
export class SubscriptionAdministration {
  readonly #parts: SubscriptionAdministrationParts

  constructor(parts: SubscriptionAdministrationParts) {
    this.#parts = parts
  }

  list(): Promise<Subscription[]> {
    return this.#parts.store.list()
  }

  find(name: string): Promise<Subscription | undefined> {
    return this.#parts.store.find(name)
  }

  /** Rejects with `subscription-not-found`. */
  async get(name: string): Promise<Subscription> {
    const found = await this.find(name)
    if (!found) throw new GatewayError('subscription-not-found', `There is no subscription "${name}".`)
    return found
  }

  /** Rejects with `topic-not-found` where a topic that is added is not there. */
  async put(
    name: string,
    settings: SubscriptionSettings,
    { by, request }: { by: string; request: AuditedRequest },
  ): Promise<{ subscription: Subscription; isNew: boolean }> {
    const { store, audit, log } = this.#parts
    const known = await store.find(name)
    if (known && isSame(known, settings)) return { subscription: known, isNew: false }
    const starts = await this.#starts(name, settings, known)
    // Whatever an earlier subscription of this name has left.
    if (!known) await this.#deleteGroup(name)
    const { createdAt, createdBy } = known ?? { createdAt: Date.now(), createdBy: by }
    const subscription = { name, ...settings, createdAt, createdBy, starts }
    const event = known ? 'subscription-changed' : 'subscription-created'
    const { topics, deadLetterTopic } = settings
    const change = { event, resource: resourceOf(name), details: { topics, deadLetterTopic } } as const
    await audit.change(request, change, () => store.put(subscription))
    log.info({ subscription: name, by, topics }, known ? 'A subscription was changed' : 'A subscription was created')
    return { subscription, isNew: !known }
  }

  async delete(name: string, { by, request }: { by: string; request: AuditedRequest }): Promise<void> {
    const { store, audit, log, owners } = this.#parts
    const change = { event: 'subscription-deleted', resource: resourceOf(name) } as const
    await audit.change(request, change, () => store.remove(name))
    log.info({ subscription: name, by }, 'A subscription was deleted')
    await owners.leave(name)
    await this.#deleteGroup(name)
  }

  async #starts(
    name: string,
    settings: SubscriptionSettings,
    known: Subscription | undefined,
  ): Promise<Subscription['starts']> {
    const from = parseStartPosition(settings.from)
    const starts = await Promise.all(
      settings.topics.map(async (topic): Promise<[string, number[]]> => {
        const before = known?.topics.includes(topic) ? known.starts[topic] : undefined
        if (before) return [topic, before]
        const { next } = await this.#parts.positions.begin(topic, from)
        return [topic, [...next].sort(([a], [b]) => a - b).map(([, offset]) => offset)]
      }),
    )
    return Object.fromEntries([...starts, ...(await this.#startOfRedriven(name, settings, known))])
  }

  /** What an earlier subscription of this name has left there is not given. */
  async #startOfRedriven(
    name: string,
    { deadLetterTopic }: SubscriptionSettings,
    known: Subscription | undefined,
  ): Promise<[string, number[]][]> {
    const topic = redrivenTopicOf(name)
    const before = known?.starts[topic]
    if (before) return [[topic, before]]
    return deadLetterTopic === null ? [] : [[topic, [await this.#parts.provideRedriven(topic)]]]
  }

  async #deleteGroup(name: string): Promise<void> {
    const deadline = Date.now() + leaveLimitMs
    while (!(await this.#parts.groups.delete(groupOf(name)))) {
      if (Date.now() >= deadline) {
        const detail = `The consumer group \`${groupOf(name)}\` still has members, and so a position. Try again.`
        throw new GatewayError('subscription-unavailable', detail, { retryAfterSeconds: 2, mayBeDone: true })
      }
      await delay(lookAgainMs)
    }
  }
}

const resourceOf = (name: string) => ({ kind: 'subscription', name }) as const

function isSame(known: Subscription, settings: SubscriptionSettings): boolean {
  const names = Object.keys(settings) as (keyof SubscriptionSettings)[]
  return names.every((name) => JSON.stringify(known[name]) === JSON.stringify(settings[name]))
}
