import type { OperationId, OperationSpec } from '../../src/openapi/contract.ts'
import type { ApiRequest } from './api.ts'

/** What stands in the places of a path. */
export interface Named {
  topic: string
  /** Of an API key. */
  id: string
  [name: string]: string
}

interface ValidRequest extends ApiRequest {
  path: string
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
  seekSubscription: () => ({ body: { to: 'latest' } }),
  readStream: ({ topic }) => ({ search: `?topics=${topic}` }),
}
const bodiless = new Set(['get', 'delete'])

/** A request of the operation that is right in all but perhaps its credential: with a good one it is answered by 2xx. */
export function validRequest({ id, method, path }: OperationSpec, named: Named): ValidRequest {
  const names: Record<string, string> = {
    name: 'another',
    partition: '0',
    offset: '0',
    asset: 'start.js',
    code: 'internal',
    ...named,
  }
  const form = forms[id]?.(named)
  if (!form && !bodiless.has(method)) throw new Error(`there is no valid request of ${id} here`)
  const filled = path.replace(/\{([^}]+)\}/g, (_place, name: string) => {
    const value = names[name]
    if (value === undefined) throw new Error(`there is no value for {${name}} here`)
    return value
  })
  const { search = '', body } = form ?? {}
  return { path: filled + search, method: method.toUpperCase(), ...(body !== undefined && { body }) }
}
