import assert from 'node:assert/strict'
import type { TestGateway } from './gateway.ts'
import { issueToken } from './tokens.ts'

export interface KeyAsked {
  scopes: readonly string[]
  addresses?: readonly string[]
  expiresAt?: string
  owner?: string
  quotaClass?: string
}

export interface CreatedKey {
  id: string
  key: string
}

/** A token of one who may give any key. */
export const keysToken = (): Promise<string> => issueToken(['keys', 'admin'])

export async function createKey({ api }: Pick<TestGateway, 'api'>, asked: KeyAsked): Promise<CreatedKey> {
  const body = { description: 'Of a test', ...asked }
  const answer = await api.post('/v1/api-keys', body, { token: await keysToken() })
  assert.equal(answer.status, 201, answer.text)
  return { id: answer.body.apiKey.id, key: answer.body.key }
}

export async function revokeKey({ api }: Pick<TestGateway, 'api'>, id: string): Promise<void> {
  const answer = await api.call(`/v1/api-keys/${id}`, { method: 'DELETE', token: await keysToken() })
  assert.deepEqual([answer.status, answer.body.status], [200, 'revoked'])
}
