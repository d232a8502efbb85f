import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { requestToken } from '../../local/issuer.ts'
import { givenActions } from '../../src/auth/api-keys/api-key.ts'
import { newApiKeyText } from '../../src/auth/api-keys/api-key-text.ts'
import type { OperationSpec } from '../../src/openapi/contract.ts'
import { actions } from '../../src/scopes/scope-name.ts'
import { type ApiRequest, operationSpecs } from '../support/api.ts'
import { type CreatedKey, createKey, revokeKey } from '../support/api-keys.ts'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { dereferencedDocument, guardedName, pathOf } from '../support/operations.ts'
import { sharedParts } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'

const guarded = operationSpecs.filter(({ security }) => security.length > 0)
const { paths } = dereferencedDocument()
const takesKey = ({ security }: OperationSpec): boolean => !security.flat().includes('keys')
/** Whether a scope with a pattern is not enough. */
const takesWhole = ({ id, security }: OperationSpec): boolean =>
  security.flat().includes('keys') || id === 'setGlobalCompatibility'
const open = operationSpecs.filter(({ security }) => security.length === 0)

/** A request that is wrong in all that comes after the guards: query, headers and body. */
const garbage = ({ method }: OperationSpec): ApiRequest => ({
  method: method.toUpperCase(),
  ...(method !== 'get' && { body: '{"not json', headers: { 'content-type': 'text/nonsense' } }),
})

suite('authorization of every operation of openapi.yaml', () => {
  let gateway: TestGateway
  let everything: CreatedKey
  let revoked: CreatedKey
  before(async () => {
    gateway = await startGateway()
    everything = await createKey(gateway, { scopes: givenActions })
    revoked = await createKey(gateway, { scopes: givenActions })
    await revokeKey(gateway, revoked.id)
  })
  after(() => gateway[Symbol.asyncDispose]())

  const call = (spec: OperationSpec, request: ApiRequest, search = '?no-such-parameter=1') =>
    gateway.api.call(`${pathOf(spec)}${search}`, { ...garbage(spec), ...request })

  test('every operation takes an API key with the scopes of a token, but those that manage keys', () => {
    for (const { id, method, path } of guarded) {
      const security = paths[path]?.[method]?.security as Record<string, string[]>[]
      const of = (scheme: string) => security.flatMap((alternative) => alternative[scheme] ?? [])
      assert.deepEqual(of('apiKey'), of('oauth2').includes('keys') ? [] : of('oauth2'), id)
    }
  })

  test('the document has operations of both kinds', () => {
    assert.ok(guarded.length >= 7 && open.length >= 7)
  })

  for (const spec of guarded) {
    test(`${spec.id}: 401 without a token, before anything else of the request is looked at`, async () => {
      const answer = await call(spec, { token: null })

      assert.equal(answer.status, 401, answer.text)
      assert.equal(answer.body.code, 'token-missing')
      assert.equal(
        answer.headers.get('www-authenticate'),
        `Bearer realm="headgate", resource_metadata="${gateway.url}/.well-known/oauth-protected-resource"`,
      )
    })

    test(`${spec.id}: 401 with a token that is not the issuer's`, async () => {
      const real = await issueToken(['publish', 'read'])
      const [head, payload, signature = ''] = real.split('.')
      const forged = `${head}.${payload}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
      for (const token of ['nonsense', forged, `${real} `, `${real}=`]) {
        const answer = await call(spec, { token: null, headers: { authorization: `Bearer x${token}` } })
        assert.equal(answer.status, 401, answer.text)
      }
      const answer = await call(spec, { token: forged })
      assert.equal(answer.status, 401, answer.text)
      assert.equal(answer.body.code, 'token-invalid')
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="headgate", error="invalid_token"/)
    })

    test(`${spec.id}: 403 with every other scope, naming the one that is missing`, async () => {
      const needed = new Set(spec.security.flat())
      const others = actions.filter((action) => !needed.has(action))
      const ofOtherTopics = [...needed].map((action) => `${action}:another-topic`)
      const token = await issueToken(guardedName(spec) ? [...others, ...ofOtherTopics] : others)

      const answer = await call(spec, { token })

      assert.equal(answer.status, 403, answer.text)
      assert.equal(answer.body.code, 'scope-missing')
      const scope =
        /error="insufficient_scope".* scope="([^"]+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1] ?? ''
      const [action = '', topic] = scope.split(':')
      assert.ok(needed.has(action), scope)
      assert.equal(topic, guardedName(spec))
      assert.ok(answer.body.detail.includes(scope))
    })

    test(`${spec.id}: each of its scopes, also one of a pattern where topics have it, comes past the guards`, async () => {
      for (const action of new Set(spec.security.flat())) {
        for (const scope of [action, `${action}:ord*`]) {
          const answer = await call(spec, { token: await issueToken([scope]) })
          const mayPass = scope === action || !takesWhole(spec)
          assert.equal(![401, 403].includes(answer.status), mayPass, `${scope} ${answer.text}`)
        }
      }
    })

    test(`${spec.id}: 401 with an API key that is unknown, altered or revoked`, async () => {
      const { key } = revoked
      const forged = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
      for (const token of [newApiKeyText('ABCDEFGHIJKL').text, forged, key, 'hg_', `${everything.key}A`]) {
        const answer = await call(spec, { token })
        assert.deepEqual([answer.status, answer.body.code], [401, 'key-invalid'], answer.text)
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="headgate", error="invalid_token"/)
        assert.ok(!answer.text.includes(token.slice(20) || '\0'))
      }
    })

    test(`${spec.id}: 403 with an API key that lacks its scope, naming it`, async () => {
      const needed = new Set(spec.security.flat())
      const isOfTopic = guardedName(spec) !== undefined
      const others = givenActions.filter((action) => !needed.has(action))
      const ofOtherTopics = isOfTopic ? [...needed].map((action) => `${action}:another-topic`) : []
      const { key } = await createKey(gateway, { scopes: [...others, ...ofOtherTopics] })

      const answer = await call(spec, { token: key })

      assert.deepEqual([answer.status, answer.body.code], [403, 'scope-missing'], answer.text)
      const [, action = ''] = / scope="([^":]+)/.exec(answer.headers.get('www-authenticate') ?? '') ?? []
      assert.ok(needed.has(action), action)
    })

    test(`${spec.id}: ${takesKey(spec) ? 'an API key with any of its scopes comes past the guards' : 'no API key comes past the guards'}`, async () => {
      if (!takesKey(spec)) {
        const answer = await call(spec, { token: everything.key })
        assert.deepEqual([answer.status, answer.body.code], [403, 'scope-missing'], answer.text)
        return
      }
      for (const action of new Set(spec.security.flat())) {
        const { key } = await createKey(gateway, { scopes: [takesWhole(spec) ? action : `${action}:ord*`] })
        const answer = await call(spec, { token: key })
        assert.ok(![401, 403].includes(answer.status), answer.text)
      }
    })

    test(`${spec.id}: a token in the query or the body is none`, async () => {
      const token = await issueToken(['publish', 'read'])

      const answer = await call(spec, { token: null }, `?access_token=${token}`)

      assert.equal(answer.status, 401, answer.text)
      assert.ok(!answer.text.includes(token))
    })

    test(`${spec.id}: ${spec.takesTicket ? 'a ticket must be one of this gateway, and alone' : 'a ticket is nothing'}`, async () => {
      const ticket = await takeTicket(gateway, { action: 'read', topics: ['orders'] })

      const forged = await call(spec, { token: null }, `?ticket=${ticket}A`)
      const both = await call(spec, {}, `?ticket=${ticket}`)

      assert.deepEqual([forged.status, forged.body.code], [401, spec.takesTicket ? 'ticket-invalid' : 'token-missing'])
      assert.match(forged.headers.get('www-authenticate') ?? '', /^Bearer realm="headgate"/)
      assert.deepEqual([both.status, both.body.faults[0].pointer], [400, 'ticket'])
    })
  }

  const ofOneTopic = guarded.filter(({ takesTicket, path }) => takesTicket && path.includes('{topic}'))
  for (const spec of ofOneTopic) {
    test(`${spec.id}: 403 with a ticket for another action or topic`, async () => {
      const needed = spec.security.flat()
      const others = (['read', 'publish'] as const).filter((action) => !needed.includes(action))
      assert.ok(others.length > 0)
      const granted = [
        ...others.map((action) => ({ action, topics: ['orders'] })),
        ...(['read', 'publish'] as const).map((action) => ({ action, topics: ['another-topic'] })),
      ]

      for (const asked of granted) {
        const answer = await call(spec, { token: null }, `?ticket=${await takeTicket(gateway, asked)}`)
        assert.equal(answer.status, 403, answer.text)
        assert.equal(answer.body.code, 'scope-missing')
      }
    })
  }

  for (const spec of open) {
    test(`${spec.id}: answers without a token, and whatever token is sent`, async () => {
      for (const headers of [{}, { authorization: 'Bearer nonsense' }, { authorization: 'Basic YTpi' }]) {
        const answer = await call(spec, { token: null, headers }, '')
        assert.equal(answer.status, 200, answer.text)
      }
    })
  }

  for (const spec of operationSpecs) {
    test(`${spec.id}: a parameter that does not exist is a documented 400`, async () => {
      const answer = await call(spec, {})

      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.code, 'invalid-parameter')
      assert.equal(answer.body.faults[0].pointer, 'no-such-parameter')
    })
  }

  test('no scope reaches an internal topic', async () => {
    for (const topic of ['__consumer_offsets', '_headgate.keys', '_headgate']) {
      for (const spec of guarded.filter((each) => guardedName(each) !== undefined)) {
        for (const credential of [{}, { token: everything.key }]) {
          const answer = await gateway.api.call(pathOf(spec).replace(guardedName(spec) ?? '', topic), {
            ...garbage(spec),
            ...credential,
          })
          assert.equal(answer.status, 403, `${spec.id} ${answer.text}`)
        }
      }
    }
  })

  test('a name that cannot be one is 400 before anybody is asked who he is', async () => {
    for (const name of ['a%20b', 'a%2Fb', '%00', 'x'.repeat(250)]) {
      const answer = await gateway.api.get(`/v1/topics/${name}/events`, { token: null })
      assert.equal(answer.status, 400, answer.text)
    }
  })

  test('a token is refused once it has expired, although it was accepted before', async (t) => {
    const strictClock = await gatewayFor(t, { env: { HEADGATE_AUTH_LEEWAY_SECONDS: '0' } })
    const { url, clientId, clientSecret } = sharedParts().issuer
    const client = { clientId, clientSecret }
    const token = await requestToken({ issuer: url, client, scopes: ['read'], lifetimeSeconds: 2 })
    assert.equal((await strictClock.api.get('/v1/topics', { token })).status, 200)

    await pollUntil(async () => (await strictClock.api.get('/v1/topics', { token })).status === 401, 5_000)

    const answer = await strictClock.api.get('/v1/topics', { token })
    assert.match(answer.body.detail, /expired/)
    assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token".*expired/)
  })
})
