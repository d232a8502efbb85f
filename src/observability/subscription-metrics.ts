import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const results = [
  'received',
  /** Leased, and taken back before a receiver has heard of it. */
  'withdrawn',
  'acknowledged',
  'released',
  'rejected',
  /** Its lease ended. */
  'expired',
  'dead-lettered',
  'redriven',
] as const

/** What became of events of a subscription. */
export type SubscriptionCount = (typeof results)[number]

export interface SubscriptionMeter {
  count(subscription: string, result: SubscriptionCount, events: number): void
  rebalanced(subscription: string): void
  /** There is no such subscription any more. */
  forget(subscription: string): void
}

/** Counts calls of other replicas. */
export interface PeerMeter {
  called(path: string, result: 'answered' | 'failed', seconds: number): void
}

/** What a replica has of a subscription whose group it is in. */
export interface SubscriptionReading {
  name: string
  partitions: number
  leased: number
  heldBytes: number
}

type Label = 'subscription'

/** So many have series of their own; what is beyond is `other`, so that nobody fills the memory by creating subscriptions. */
const mostNamed = 100
const other = 'other'

/** The metrics of subscriptions, and of what replicas ask each other for them. */
export class SubscriptionMetrics implements SubscriptionMeter, PeerMeter {
  readonly #registers: Registry[]
  readonly #named = new Set<string>()
  readonly #events: Counter<Label | 'result'>
  readonly #rebalances: Counter<Label>
  readonly #calls: Counter<'call' | 'result'>
  readonly #durations: Histogram<'call'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#registers = registers
    this.#events = new Counter({
      name: 'headgate_subscription_events_total',
      help: 'Events of subscriptions by what became of them on this replica',
      labelNames: ['subscription', 'result'],
      registers,
    })
    this.#rebalances = new Counter({
      name: 'headgate_subscription_rebalances_total',
      help: 'Times that partitions of a subscription came to this replica or left it',
      labelNames: ['subscription'],
      registers,
    })
    this.#calls = new Counter({
      name: 'headgate_peer_calls_total',
      help: 'Calls of other replicas, which have what a caller asked for',
      labelNames: ['call', 'result'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'headgate_peer_call_duration_seconds',
      help: 'Time that they took; those of receivers wait for events',
      labelNames: ['call'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10, 30],
      registers,
    })
  }

  count(subscription: string, result: SubscriptionCount, events: number): void {
    if (events > 0) this.#events.inc({ subscription: this.#nameOf(subscription), result }, events)
  }

  rebalanced(subscription: string): void {
    this.#rebalances.inc({ subscription: this.#nameOf(subscription) })
  }

  forget(subscription: string): void {
    if (!this.#named.delete(subscription)) return
    for (const result of results) this.#events.remove({ subscription, result })
    this.#rebalances.remove({ subscription })
  }

  called(path: string, result: 'answered' | 'failed', seconds: number): void {
    this.#calls.inc({ call: path, result })
    this.#durations.observe({ call: path }, seconds)
  }

  observe(read: () => readonly SubscriptionReading[]): void {
    this.#gauge('partitions', 'Partitions of a subscription that this replica has', read, (each) => each.partitions)
    this.#gauge('events_leased', 'Events that are leased now', read, (each) => each.leased)
    this.#gauge('bytes_held', 'Bytes of events that are held for receivers', read, (each) => each.heldBytes)
    new Gauge({
      name: 'headgate_subscriptions_joined',
      help: 'Subscriptions in whose groups this replica is a member',
      registers: this.#registers,
      collect() {
        this.set(read().length)
      },
    })
  }

  #gauge(
    name: string,
    help: string,
    read: () => readonly SubscriptionReading[],
    numberOf: (reading: SubscriptionReading) => number,
  ): void {
    const nameOf = (subscription: string) => this.#nameOf(subscription)
    new Gauge({
      name: `headgate_subscription_${name}`,
      help,
      labelNames: ['subscription'],
      registers: this.#registers,
      collect() {
        this.reset()
        for (const reading of read()) this.inc({ subscription: nameOf(reading.name) }, numberOf(reading))
      },
    })
  }

  #nameOf(subscription: string): string {
    if (this.#named.has(subscription)) return subscription
    if (this.#named.size >= mostNamed) return other
    this.#named.add(subscription)
    return subscription
  }
}
