import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Api } from './api.ts'
import { WebSocketClient } from './web-socket-client.ts'

interface Place {
  api: Api
  token: string
  topic: string
}

type Way = (place: Place, values: readonly object[], t: TestContext) => Promise<(string | null | undefined)[]>

const attributes = { specversion: '1.0', id: '1', source: '/shop', type: 'org.example.painted' }

interface Told {
  kept?: string | null
}

const each = async (values: readonly object[], one: (value: object) => Promise<Told>) => {
  const ids: (string | null | undefined)[] = []
  for (const value of values) ids.push((await one(value)).kept)
  return ids
}

// biome-ignore lint/suspicious/noExplicitAny: of one test each
export async function publishLines({ api, token, topic }: Place, body: string): Promise<any[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' }
  const answer = await fetch(`${api.url}/v1/topics/${topic}/events`, { method: 'POST', headers, body })
  const told = (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.ok('summary' in told.at(-1))
  return told
}

/** Each way in, by what the API calls it: publishes events that are refused, and answers by which ids they are kept. */
export const waysIn: Record<string, Way> = {
  'one event': ({ api, token, topic }, values) =>
    each(values, async (value) => (await api.post(`/v1/topics/${topic}/events`, value, { token })).body),
  'a batch': async ({ api, token, topic }, values) => {
    const events = values.map((value) => ({ value, key: 'k' }))
    const { body } = await api.post(`/v1/topics/${topic}/events/batch`, { events }, { token })
    return body.outcomes.map(({ kept }: Told) => kept)
  },
  NDJSON: async (place, values) => {
    const told = await publishLines(place, values.map((value) => JSON.stringify({ value, key: 'k' })).join('\n'))
    return told.filter(({ outcome }) => outcome === 'refused').map(({ kept }: Told) => kept)
  },
  'structured CloudEvents': ({ api, token, topic }, values) =>
    each(values, async (data) => {
      const headers = { 'content-type': 'application/cloudevents+json' }
      return (await api.post(`/v1/topics/${topic}/events`, { ...attributes, data }, { token, headers })).body
    }),
  'binary CloudEvents': ({ api, token, topic }, values) =>
    each(values, async (value) => {
      const named = Object.entries(attributes).map(([name, text]) => [`ce-${name}`, text])
      const headers = { 'content-type': 'application/json', ...Object.fromEntries(named) }
      return (await api.post(`/v1/topics/${topic}/events`, value, { token, headers })).body
    }),
  'batched CloudEvents': async ({ api, token, topic }, values) => {
    const headers = { 'content-type': 'application/cloudevents-batch+json' }
    const events = values.map((data) => ({ ...attributes, data }))
    const { body } = await api.post(`/v1/topics/${topic}/events`, events, { token, headers })
    return body.outcomes.map(({ kept }: Told) => kept)
  },
  'a WebSocket': async ({ api, token, topic }, values, t) => {
    const client = await WebSocketClient.open(t, { url: api.url }, { query: { topics: topic }, token })
    const ids = await each(
      values,
      async (value) => (await client.ask({ publish: { topic, event: { value } } })).outcome,
    )
    await client.leave()
    return ids
  },
}
