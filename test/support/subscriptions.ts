import assert from 'node:assert/strict'
import type { components } from '../../src/generated/openapi.ts'
import type { Api } from './api.ts'
import { uniqueName } from './gateway.ts'
import { pollUntil } from './poll.ts'

type Schemas = components['schemas']
export type ReceivedEvent = Schemas['ReceivedEvents']['events'][number]
type Action = 'acknowledge' | 'release' | 'reject' | 'renew'

/** A subscription as its receivers use it. */
export class TestSubscription {
  readonly name: string
  readonly #api: Api

  constructor(api: Api, name: string) {
    this.#api = api
    this.name = name
  }

  static async create(api: Api, settings: Partial<Schemas['SubscriptionRequest']>): Promise<TestSubscription> {
    const subscription = new TestSubscription(api, uniqueName('subscription'))
    const answer = await api.call(subscription.path, { method: 'PUT', body: { from: 'earliest', ...settings } })
    assert.equal(answer.status, 201, answer.text)
    return subscription
  }

  get path(): string {
    return `/v1/subscriptions/${this.name}`
  }

  /** The same one, by another replica. */
  by(api: Api): TestSubscription {
    return new TestSubscription(api, this.name)
  }

  async receive(query: Record<string, string | number> = {}, key?: string): Promise<ReceivedEvent[]> {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const answer = await this.#api.call(`${this.path}/receive?${search}`, { method: 'POST', headers })
    assert.equal(answer.status, 200, answer.text)
    return answer.body.events
  }

  /** Receives until there are so many, for each of which the caller has a lease. */
  async receiveAll(count: number, query: Record<string, string | number> = {}): Promise<ReceivedEvent[]> {
    const events: ReceivedEvent[] = []
    await pollUntil(async () => {
      events.push(...(await this.receive({ wait: 2, ...query })))
      return events.length >= count
    }, 30_000)
    assert.equal(events.length, count)
    return events
  }

  /** The result of each token. */
  async settle(action: Action, events: readonly { token: string }[], members: object = {}): Promise<string[]> {
    const tokens = events.map(({ token }) => token)
    const answer = await this.#api.post(`${this.path}/${action}`, { tokens, ...members })
    assert.ok([200, 207].includes(answer.status), answer.text)
    return answer.body.results.map(({ result }: { result: string }) => result)
  }

  async state(): Promise<Schemas['SubscriptionState']> {
    const answer = await this.#api.get(this.path)
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }
}

export const numbersIn = (events: readonly ReceivedEvent[]): number[] =>
  events.map(({ event }) => (event.value as { n: number }).n)
