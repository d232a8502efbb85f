import type { OperationId, OperationSpec } from '../../src/openapi/contract.ts'
import type { ApiRequest } from './api.ts'
import { uniqueName } from './gateway.ts'
import { orderSchema, registerSchema } from './schemas.ts'

/** What stands in the places of a path. */
export interface Named {
  topic: string
  /** Of an API key. */
  id: string
  [name: string]: string
}

/** Of somebody who may do everything. */
export const everyScope = [
  'publish',
  'read',
  'schemas-read',
  'schemas-write',
  'contracts-write',
  'subscribe',
  'keys',
  'admin',
]

interface ValidRequest extends ApiRequest {
  path: string
  /** The type of the body, where it has one. */
  headers: Record<string, string>
}

type Form = { search?: string; body?: unknown }

const event = { n: 1 }
const forms: Partial<Record<OperationId, (named: Named) => Form>> = {
  publishEvent: () => ({ body: event }),
  publishBatch: () => ({ body: { events: [{ value: event }] } }),
  validateEvents: () => ({ body: event }),
  createTicket: ({ topic }) => ({ body: { action: 'publish', topics: [topic] } }),
  createApiKey: ({ topic }) => ({ body: { description: 'Of a test', scopes: [`read:${topic}`] } }),
  rotateApiKey: () => ({ body: {} }),
  putSubscription: ({ topic }) => ({ body: { topics: [topic] } }),
  receiveEvents: () => ({}),
  acknowledgeEvents: () => ({ body: { tokens: ['AAAA'] } }),
  releaseEvents: () => ({ body: { tokens: ['AAAA'] } }),
  rejectEvents: () => ({ body: { tokens: ['AAAA'] } }),
  renewLeases: () => ({ body: { tokens: ['AAAA'] } }),
  redriveLetters: () => ({ body: {} }),
  seekSubscription: () => ({ body: { to: 'latest' } }),
  replayRefusal: () => ({ body: { patch: [{ op: 'replace', path: '/value', value: event }] } }),
  replayRefusals: () => ({ body: {} }),
  readStream: ({ topic }) => ({ search: `?topics=${topic}` }),
  putContract: () => ({ body: { owner: 'walk' } }),
  patchContract: () => ({ body: { owner: 'walk' } }),
  registerSchema: () => ({ body: { schema: orderSchema } }),
  setCompatibility: () => ({ body: { level: 'BACKWARD' } }),
  setGlobalCompatibility: () => ({ body: { level: 'BACKWARD' } }),
}
const bodiless = new Set(['get', 'delete'])
const names = {
  name: 'another',
  partition: '0',
  offset: '0',
  revision: '1',
  asset: 'start.js',
  code: 'internal',
  refusal: '00000000-0',
}
const schemaNames = { subject: 'nobody-value', schemaId: '1', version: 'latest' }

/** Names of a subject that is there for one request alone, where the operation is about one. */
export async function namesOfOwnSubject({ path }: OperationSpec): Promise<Record<string, string>> {
  if (!/\{(subject|schemaId)\}/.test(path)) return {}
  const subject = `${uniqueName('subject')}-value`
  const id = await registerSchema(subject, orderSchema)
  return { subject, schemaId: String(id) }
}

/** The name of a subscription that is there for one request alone, where the operation is about one. */
export async function nameOfOwnSubscription(
  { path }: OperationSpec,
  { url, topic, token }: { url: string; topic: string; token: string },
): Promise<{ name?: string }> {
  if (!path.startsWith('/v1/subscriptions/{name}')) return {}
  const name = uniqueName('subscription')
  const answer = await fetch(`${url}/v1/subscriptions/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ topics: [topic], deadLetterTopic: 'dead-letters' }),
  })
  if (answer.status !== 201) throw new Error(await answer.text())
  return { name }
}

/** A topic that has a contract for one request alone, where the operation is about one. */
export async function topicOfOwnContract(
  { path }: OperationSpec,
  { url, token }: { url: string; token: string },
): Promise<{ topic?: string }> {
  if (!path.startsWith('/v1/contracts/{topic}')) return {}
  const topic = uniqueName('contract')
  const answer = await fetch(`${url}/v1/contracts/${topic}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  })
  if (!answer.ok) throw new Error(await answer.text())
  return { topic }
}

/** The id of a refusal that is there for one request alone, where the operation is about one. The topic's contract keeps refusals. */
export async function idOfOwnRefusal(
  { path }: OperationSpec,
  { url, topic, token }: { url: string; topic: string; token: string },
): Promise<{ refusal?: string }> {
  if (!path.includes('{refusal}')) return {}
  const answer = await fetch(`${url}/v1/topics/${topic}/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  })
  const { kept } = (await answer.json()) as { kept?: string | null }
  if (!kept) throw new Error(`${answer.status}: the event was not kept`)
  return { refusal: kept }
}

/** A request of the operation that is right in all but perhaps its credential: with a good one it is answered by 2xx. */
export function validRequest({ id, method, path, bodies }: OperationSpec, named: Named): ValidRequest {
  const values: Record<string, string> = { ...names, ...schemaNames, ...named }
  const form = forms[id]?.(named)
  if (!form && !bodiless.has(method)) throw new Error(`there is no valid request of ${id} here`)
  const filled = path.replace(/\{([^}]+)\}/g, (_place, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`there is no value for {${name}} here`)
    return value
  })
  const { search = '', body } = form ?? {}
  const type = 'application/json' in bodies ? 'application/json' : Object.keys(bodies)[0]
  const headers: Record<string, string> = type === undefined || body === undefined ? {} : { 'content-type': type }
  return { path: filled + search, method: method.toUpperCase(), headers, ...(body !== undefined && { body }) }
}
