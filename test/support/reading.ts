import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { components } from '../../src/generated/openapi.ts'
import type { Api } from './api.ts'
import { createTopic, type TopicOptions } from './kafka.ts'
import { registerSchema } from './schemas.ts'

export type Page = components['schemas']['EventPage']

export const numberSchema = { type: 'record', name: 'Numbered', fields: [{ name: 'n', type: 'int' }] }

/** A topic whose events are `{"n": …}`. */
export async function numberTopic(t: Pick<TestContext, 'after'>, options: TopicOptions = {}): Promise<string> {
  const topic = await createTopic(t, options)
  await registerSchema(`${topic}-value`, numberSchema)
  return topic
}

export interface NumberOptions {
  partition?: number
  timestamp?: number
}

/** Publishes the numbers from `first` on, in order. */
export async function publishNumbers(
  api: Api,
  topic: string,
  first: number,
  count: number,
  options: NumberOptions = {},
) {
  const events = Array.from({ length: count }, (_, index) => ({
    value: { n: first + index },
    partition: 0,
    ...options,
  }))
  const answer = await api.post(`/v1/topics/${topic}/events/batch`, { events })
  assert.equal(answer.status, 201, answer.text)
}

export async function readPage(api: Api, topic: string, query: Record<string, string | number> = {}): Promise<Page> {
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  )
  const answer = await api.get(`/v1/topics/${topic}/events?${search}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

export const numbersOf = ({ events }: Page): number[] => events.map(({ value }) => (value as { n: number }).n)

export const range = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index)
