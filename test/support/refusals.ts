import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { components } from '../../src/generated/openapi.ts'
import { Api, type ApiAnswer, type ApiRequest } from './api.ts'
import { type GatewayOptions, gatewayFor, type TestGateway, uniqueName } from './gateway.ts'
import { createTopic, type TopicOptions } from './kafka.ts'
import { pollUntil } from './poll.ts'
import { registerSchema } from './schemas.ts'
import { issueToken } from './tokens.ts'

type Schemas = components['schemas']
export type Refusal = Schemas['Refusal']

const fields = [{ name: 'n', type: 'long' }]
const colour = { name: 'colour', type: 'string', default: 'none' }
const schemaOf = (all: readonly object[]) => ({ type: 'record', name: 'Painted', fields: all })

/** Schemas are looked up again at once. */
export const freshSchemas = { HEADGATE_REGISTRY_LATEST_TTL_MS: '50' }

export const keeping = (topic: string, more = ''): string => `topic: ${topic}\nrefusals: {keep: true}\n${more}`

/** A topic whose events are `{"n": …}`, and whose refused events are kept. */
export async function keptTopic(t: Pick<TestContext, 'after'>, options: TopicOptions = {}): Promise<string> {
  const topic = await createTopic(t, { name: uniqueName('kept'), ...options })
  await registerSchema(`${topic}-value`, schemaOf(fields))
  return topic
}

/** From then on events may have a `colour`. */
export async function mend(topic: string): Promise<void> {
  await registerSchema(`${topic}-value`, schemaOf([...fields, colour]))
}

/** What is done with the refusals of one topic, by the gateway at one URL. */
export class TestRefusals {
  readonly topic: string
  readonly api: Api

  constructor(api: Api, topic: string) {
    this.api = api
    this.topic = topic
  }

  static async open(
    t: TestContext,
    options: GatewayOptions & { contract?: string; topic?: TopicOptions } = {},
  ): Promise<TestRefusals & { gateway: TestGateway }> {
    const topic = await keptTopic(t, options.topic)
    const env = { ...freshSchemas, ...options.env }
    const gateway = await gatewayFor(t, { ...options, env, contracts: [keeping(topic, options.contract)] })
    return Object.assign(new TestRefusals(await governingApi(gateway.url), topic), { gateway })
  }

  async publish(value: unknown, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.api.post(`/v1/topics/${this.topic}/events`, value, request)
  }

  /** Publishes events that are refused; answers the ids of their refusals. */
  async refuse(...values: readonly object[]): Promise<string[]> {
    const events = values.map((value) => ({ value }))
    const answer = await this.api.post(`/v1/topics/${this.topic}/events/batch`, { events })
    assert.equal(answer.status, 422, answer.text)
    return answer.body.outcomes.map(({ kept }: { kept: string }) => kept)
  }

  async page(query: Record<string, string | number> = {}): Promise<Schemas['RefusalPage']> {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const answer = await this.api.get(`/v1/topics/${this.topic}/refusals?${search}`)
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }

  /** Of all pages. */
  async list(query: Record<string, string | number> = {}): Promise<Refusal[]> {
    const found: Refusal[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await this.page({ ...query, ...(cursor !== undefined && { cursor }) })
      found.push(...page.refusals)
      if (page.atEnd || page.cursor === null) return found
      cursor = page.cursor
    }
  }

  get(id: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.api.get(`/v1/topics/${this.topic}/refusals/${id}`, request)
  }

  discard(id: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.api.call(`/v1/topics/${this.topic}/refusals/${id}`, { method: 'DELETE', ...request })
  }

  replay(id: string, body: object = {}, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.api.post(`/v1/topics/${this.topic}/refusals/${id}/replay`, body, request)
  }

  replayAll(body: object = {}, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.api.post(`/v1/topics/${this.topic}/refusals/replay`, body, request)
  }

  /** The events of the topic, as they are read: nothing of a transaction that was not committed. */
  async events(): Promise<Schemas['Event'][]> {
    // Brokers may show what was committed a moment later.
    const replayed = (await this.list({ state: 'replayed' })).length
    let events: Schemas['Event'][] = []
    await pollUntil(async () => {
      const answer = await this.api.get(`/v1/topics/${this.topic}/events?limit=1000`)
      assert.equal(answer.status, 200, answer.text)
      events = answer.body.events
      return events.length >= replayed
    })
    return events
  }

  /** Replayed by the schema of now, as soon as the gateway knows it. */
  async untilValid(id: string): Promise<void> {
    await pollUntil(async () => (await this.replay(id, { dryRun: true })).body.outcome === 'valid')
  }
}

/** One that may publish, read and govern. */
export async function governingApi(url: string): Promise<Api> {
  return new Api(url, await issueToken(['publish', 'read', 'contracts-write']))
}
