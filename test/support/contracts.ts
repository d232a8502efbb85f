import assert from 'node:assert/strict'
import type { Api, ApiAnswer, ApiRequest } from './api.ts'
import { pollUntil } from './poll.ts'

export const mergePatchType = { 'content-type': 'application/merge-patch+json' }

export const pathOf = (topic: string): string => `/v1/contracts/${topic}`

export function putContract(api: Api, topic: string, body: object, request: ApiRequest = {}): Promise<ApiAnswer> {
  return api.call(pathOf(topic), { method: 'PUT', body, ...request })
}

export function patchContract(api: Api, topic: string, body: unknown, headers = {}): Promise<ApiAnswer> {
  return api.call(pathOf(topic), { method: 'PATCH', body, headers: { ...mergePatchType, ...headers } })
}

export async function contractOf(api: Api, topic: string): Promise<ApiAnswer['body']> {
  const { status, text, body } = await api.get(pathOf(topic))
  assert.equal(status, 200, text)
  return body
}

/** Waits until a gateway has that revision, and says how long it took. */
export async function untilRevision(api: Api, topic: string, revision: number): Promise<number> {
  const startedAt = performance.now()
  await pollUntil(async () => (await contractOf(api, topic)).revision === revision)
  return performance.now() - startedAt
}
