import type { ApiRequest } from './api.ts'

export interface MisplacedRequest extends ApiRequest {
  path: string
}

/** Requests by somebody who may do all, with a credential everywhere where none belongs. */
export function misplaced(credential: string, topic: string): MisplacedRequest[] {
  const path = `/v1/topics/${topic}/events`
  const encoded = [...credential].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('')
  const post = (more: Partial<MisplacedRequest> = {}): MisplacedRequest => ({
    path,
    method: 'POST',
    body: { n: 1 },
    ...more,
  })
  const headers = [
    'x-request-id',
    'user-agent',
    'prefer',
    'idempotency-key',
    'accept',
    'content-encoding',
    'traceparent',
    'tracestate',
    'cookie',
    'x-api-key',
    'referer',
    'origin',
    'event-headers',
    'ce-specversion',
    'last-event-id',
    'proxy-authorization',
  ]

  return [
    { path: `/v1/topics/${credential}` },
    { path: `/v1/topics/${credential}/events` },
    { path: `/v1/topics/${encoded}/events` },
    { path: `/v1/topics/a${credential}b/partitions/0/events/0` },
    { path: `/v1/api-keys/${credential}` },
    { path: `/docs/errors/${credential}` },
    { path: `/docs/assets/${credential}` },
    { path: `/${credential}` },
    { path: `/${credential}/`, method: 'DELETE' },
    post({ path: `/v1/topics/${credential}/events` }),
    { path: `${path}?key=${credential}` },
    { path: `${path}?${credential}` },
    { path: `${path}?${credential}=1&${credential}=2` },
    { path: `${path}?cursor=${credential}` },
    { path: `${path}?from=${credential}` },
    { path: `${path}?filter=${credential}` },
    { path: `${path}?fields=${credential}` },
    { path: `/v1/stream?topics=${topic},${credential}` },
    { path: `/v1/stream?topics=${topic}&cursor=${credential}` },
    { path: `/v1/topics?access_token=${credential}` },
    { path: `/v1/topics?ticket=${credential}` },
    post({ path: `${path}?partition=${credential}&timestamp=${credential}` }),
    post({ path: `${path}?ticket=${credential}`, token: null }),
    post({ token: null, headers: { authorization: `Basic ${Buffer.from(`a:${credential}`).toString('base64')}` } }),
    post({ token: null, headers: { authorization: `Token ${credential}` } }),
    post({ token: null, headers: { authorization: `Bearer x${credential}` } }),
    post({ token: null, headers: { authorization: `Bearer ${credential}, Bearer ${credential}` } }),
    ...headers.map((name) => post({ headers: { [name]: credential } })),
    post({ headers: { 'content-type': credential } }),
    post({ body: { [credential]: 1 } }),
    post({ body: { n: credential } }),
    post({ body: { n: { [credential]: credential } } }),
    post({ body: `{"n":${credential}}` }),
    post({ body: credential }),
    post({ path: `${path}/batch`, body: { events: [{ value: { n: 1 }, [credential]: 1 }] } }),
    post({
      path: `${path}/batch`,
      body: { events: [{ value: { n: credential }, headers: { [`__${credential}`]: 'x' } }] },
    }),
    post({ path: `${path}/batch`, body: { events: [{ value: { n: 1 }, timestamp: credential }] } }),
    post({ path: `${path}/validate`, body: { n: credential } }),
    post({ path: '/v1/tickets', body: { action: credential, topics: [credential] } }),
    post({ path: '/v1/tickets', body: { action: 'read', topics: [topic], origin: credential } }),
    post({ path: '/v1/api-keys', body: { description: 'x', scopes: [credential] } }),
    post({ path: '/v1/api-keys', body: { description: 'x', scopes: ['read'], addresses: [credential] } }),
    post({ path: '/v1/api-keys', body: { description: 'x', scopes: [`read:${credential}`] }, token: null }),
  ]
}
