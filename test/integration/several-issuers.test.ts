import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { Gateway } from '../../src/gateway.ts'
import { gatewayEnvironment, gatewayFor } from '../support/gateway.ts'
import { sharedParts } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { signingKey, TestIssuer } from '../support/test-issuer.ts'

// The tests' reader of files takes a path for the text itself.
const fileOf = (auth: object): Record<string, string> => ({ HEADGATE_CONFIG: JSON.stringify({ auth }) })

async function start(t: TestContext) {
  const partners = await TestIssuer.start()
  t.after(() => partners[Symbol.asyncDispose]())
  const gateway = await gatewayFor(t, {
    env: {
      ...fileOf({
        jwksTtlMs: 50,
        issuers: [
          {
            issuer: partners.url,
            audience: 'partners',
            idClaims: ['who'],
            scopeClaims: [],
            roleClaims: ['realm_access.roles'],
            scopesOfRoles: { reader: ['read'] },
          },
        ],
      }),
      // Of the first issuer alone: the second must find its keys by its own metadata.
      HEADGATE_AUTH_JWKS_URL: `${sharedParts().issuer.url}/jwks`,
    },
  })
  const token = (claims: object = {}) =>
    partners.token({ aud: 'partners', sub: undefined, who: 'bob', realm_access: { roles: ['reader'] }, ...claims })
  return { partners, gateway, token }
}

suite('a gateway of two issuers', () => {
  test('lets in the callers of both, each with the scopes that its own issuer gives', async (t) => {
    const { gateway, token } = await start(t)

    assert.equal((await gateway.api.get('/v1/topics')).status, 200)
    assert.equal((await gateway.api.get('/v1/topics', { token: await token() })).status, 200)
    const published = await gateway.api.post(
      '/v1/topics/orders/events',
      {},
      { token: await token({ scope: 'publish' }) },
    )
    assert.equal(published.status, 403)
    const nobody = await gateway.api.get('/v1/topics', { token: await token({ who: undefined, sub: 'bob' }) })
    assert.equal(nobody.status, 401)
  })

  test('names both to clients that look for one', async (t) => {
    const { gateway, partners } = await start(t)

    const { body } = await gateway.api.get('/.well-known/oauth-protected-resource', { token: null })

    assert.deepEqual(body.authorization_servers, [sharedParts().issuer.url, partners.url])
  })

  test('says on /readyz which of them is away, while the callers of the other go on', async (t) => {
    const { gateway, partners, token } = await start(t)
    partners.answers.set('/jwks', { status: 500, body: '' })
    partners.keys = [await signingKey('new')]

    await pollUntil(async () => (await gateway.api.get('/readyz')).body.parts.issuer.state === 'down', 10_000)

    const { body } = await gateway.api.get('/readyz')
    assert.equal(body.status, 'degraded')
    assert.match(body.parts.issuer.cause, new RegExp(`^the keys of ${partners.url} cannot be fetched`))
    assert.equal((await gateway.api.get('/v1/topics')).status, 200)
    const answer = await gateway.api.get('/v1/topics', { token: await token() })
    assert.deepEqual([answer.status, answer.body.code], [503, 'issuer-unavailable'])
  })

  test('does not start with a role whose scope is none', async () => {
    const env = { ...gatewayEnvironment(), ...fileOf({ scopesOfRoles: { reader: ['raed'] } }) }

    await assert.rejects(Gateway.start(loadConfig(env, String), pino({ level: 'silent' })), (error) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, /^auth.scopesOfRoles: `raed` is not a scope of Headgate$/)
      return true
    })
  })
})
