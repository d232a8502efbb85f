import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { newApiKeyText } from '../../src/auth/api-keys/api-key-text.ts'
import type { OperationSpec } from '../../src/openapi/contract.ts'
import { type ApiRequest, operationSpecs } from '../support/api.ts'
import { type CreatedKey, createKey, keysToken, revokeKey } from '../support/api-keys.ts'
import { auditRecords } from '../support/audit.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { untilTheRunEnds } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { keeping } from '../support/refusals.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'
import {
  everyScope,
  idOfOwnRefusal,
  nameOfOwnSubscription,
  namesOfOwnSubject,
  topicOfOwnContract,
  validRequest,
} from '../support/valid-requests.ts'

const guarded = operationSpecs.filter(({ security }) => security.length > 0)
/** Of this walk alone, in a topic that other tests write to as well. */
const walk = uniqueName('walk')

const lists: ReadonlySet<string> = new Set(['listTopics', 'listContracts', 'getCatalog'])

interface Credential {
  fact: string
  expected: (spec: OperationSpec) => [status: number, code: string]
  request: (spec: OperationSpec) => Promise<ApiRequest & { ticket?: string }>
}

/** Every operation of openapi.yaml by every credential that must not open it, each with a request that is right in all else. */
suite('a request that is right in all but its credential', () => {
  let gateway: TestGateway
  let topic: string
  let victim: CreatedKey
  let good: string
  let written: number[]
  const keys: Record<string, CreatedKey> = {}
  /** What the audit must have counted, by operation and code. */
  const refusals = new Map<string, number>()

  before(async () => {
    topic = await numberTopic(untilTheRunEnds)
    const env = { HEADGATE_AUDIT_WINDOW_MS: '600000', HEADGATE_AUDIT_ENTRIES: '5000' }
    gateway = await startGateway({ env, contracts: [keeping(topic)] })
    good = await issueToken(everyScope)
    const scopes = ['publish', 'read']
    victim = await createKey(gateway, { scopes })
    keys.expired = await createKey(gateway, { scopes, expiresAt: new Date(Date.now() + 1_000).toISOString() })
    keys.revoked = await createKey(gateway, { scopes })
    keys.replaced = await createKey(gateway, { scopes })
    keys.elsewhere = await createKey(gateway, { scopes, addresses: ['192.0.2.0/24'] })
    keys.ofAnother = await createKey(gateway, { scopes: ['publish:another', 'read:another*'] })
    await revokeKey(gateway, keys.revoked.id)
    const rotation = { token: await keysToken() }
    await gateway.api.post(`/v1/api-keys/${keys.replaced.id}/rotate`, { overlapSeconds: 0 }, rotation)
    await publishNumbers(gateway.api, topic, 0, 1)
  })
  after(() => gateway[Symbol.asyncDispose]())

  const call = async (
    spec: OperationSpec,
    { ticket, ...request }: ApiRequest & { ticket?: string },
    id = victim.id,
  ) => {
    const { path, ...rest } = validRequest(spec, { topic, id })
    const shown = ticket === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`
    return gateway.api.call(shown, { ...rest, headers: { ...rest.headers, 'x-request-id': walk }, ...request })
  }

  const key = (fact: string, name: string, expected: [number, string] = [401, 'key-invalid']): Credential => ({
    fact,
    expected: () => expected,
    request: async () => ({ token: keys[name]?.key ?? '' }),
  })
  const token = (fact: string, make: () => Promise<string> | string, code = 'token-invalid'): Credential => ({
    fact,
    expected: () => [code === 'token-invalid' ? 401 : 403, code],
    request: async () => ({ token: await make() }),
  })
  const credentials: Credential[] = [
    { fact: 'none', expected: () => [401, 'token-missing'], request: async () => ({ token: null }) },
    token('a token whose signature was altered', async () => {
      const [head, payload, signature = ''] = good.split('.')
      return `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    }),
    token('a token with another payload', async () => {
      const [head, payload = '', signature] = good.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
      return `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url')}.${signature}`
    }),
    token('a token without a signature', async () => {
      const head = Buffer.from('{"alg":"none"}').toString('base64url')
      return `${head}.${good.split('.')[1]}.AAAA`
    }),
    token('a token without any scope of it', () => issueToken([]), 'scope-missing'),
    token('a token for another topic', () => issueToken(['publish:another', 'read:another*']), 'scope-missing'),
    {
      fact: 'a key that nobody was given',
      expected: () => [401, 'key-invalid'],
      request: async () => ({ token: newApiKeyText(victim.id).text }),
    },
    key('a key that is revoked', 'revoked'),
    key('a key that has expired', 'expired'),
    key('a key that was replaced', 'replaced'),
    key('a key of other addresses', 'elsewhere', [403, 'address-not-allowed']),
    key('a key for another topic', 'ofAnother', [403, 'scope-missing']),
    {
      fact: 'a ticket that was changed',
      expected: ({ takesTicket }) => [401, takesTicket ? 'ticket-invalid' : 'token-missing'],
      request: async () => ({
        token: null,
        ticket: `${await takeTicket(gateway, { action: 'read', topics: [topic] })}A`,
      }),
    },
    {
      fact: 'a ticket for another action or topic',
      expected: ({ takesTicket }) => (takesTicket ? [403, 'scope-missing'] : [401, 'token-missing']),
      request: async ({ security }) => {
        const other = security.flat()[0] === 'read' ? 'publish' : 'read'
        const topics = security.flat().length > 1 ? ['another'] : [topic]
        return { token: null, ticket: await takeTicket(gateway, { action: other, topics }) }
      },
    },
  ]

  for (const spec of guarded) {
    test(`${spec.id}: is done with a good one`, async () => {
      const { id } = await createKey(gateway, { scopes: ['read'] })
      const there = { url: gateway.url, topic, token: good }
      const own = {
        ...(await nameOfOwnSubscription(spec, there)),
        ...(await idOfOwnRefusal(spec, there)),
        ...(await namesOfOwnSubject(spec)),
        ...(await topicOfOwnContract(spec, there)),
      }
      const { path, method, body, headers } = validRequest(spec, { topic, id, ...own })
      const left = new AbortController()

      const answer = await fetch(`${gateway.url}${path}`, {
        method: method ?? 'GET',
        headers: { authorization: `Bearer ${good}`, ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: left.signal,
      })
      const said = answer.status >= 400 ? await answer.text() : ''
      left.abort()

      assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status} ${said} ${path}`)
    })
  }

  test('a key is shown as expired when its time is over', async () => {
    const path = `/v1/api-keys/${keys.expired?.id}`
    await pollUntil(async () => (await gateway.api.get(path, { token: good })).body.status === 'expired')
    written = await nextOffsets(gateway.api, topic)
  })

  for (const spec of guarded) {
    for (const { fact, expected, request } of credentials) {
      test(`${spec.id}: has no effect with ${fact}`, async () => {
        const answer = await call(spec, await request(spec))

        // A list shows nothing of what is not the caller's, and is no refusal.
        if (lists.has(spec.id) && fact.endsWith('for another topic')) {
          assert.deepEqual([answer.status, answer.text.includes(topic)], [200, false])
          return
        }
        const [status, code] = expected(spec)
        assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text)
        const name = `${spec.id} ${code}`
        refusals.set(name, (refusals.get(name) ?? 0) + 1)
      })
    }
  }

  test('nothing was written, and no key was changed', async () => {
    assert.deepEqual(await nextOffsets(gateway.api, topic), written)
    const { body } = await gateway.api.get(`/v1/api-keys/${victim.id}`, { token: good })
    assert.deepEqual([body.status, body.rotatedAt], ['active', null])
  })

  test('each of the refusals is in the audit', async () => {
    await gateway[Symbol.asyncDispose]()

    const counted = new Map<string, number>()
    for (const record of await auditRecords()) {
      if (record.event !== 'access-refused' || record.requestId !== walk) continue
      const name = `${record.operation} ${record.code}`
      counted.set(name, (counted.get(name) ?? 0) + record.count)
    }
    assert.ok(refusals.size >= 5 * guarded.length)
    assert.deepEqual(new Map([...counted].sort()), new Map([...refusals].sort()))
  })
})
