import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { JwksCache } from '../../../src/auth/jwks-cache.ts'
import { mayDo } from '../../../src/auth/scope.ts'
import { KeysUnavailableError } from '../../../src/auth/token-error.ts'
import { TokenVerifier } from '../../../src/auth/token-verifier.ts'
import { TrustedIssuer } from '../../../src/auth/trusted-issuer.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { audience, signingKey, TestIssuer } from '../../support/test-issuer.ts'

const own = {
  audience,
  algorithms: ['RS256', 'ES256'],
  idClaims: ['sub'],
  scopeClaims: ['scope'],
  roleClaims: [],
  scopesOfRoles: {},
} as const
const partners = {
  ...own,
  audience: 'partners',
  algorithms: ['ES256'],
  scopeClaims: [],
  roleClaims: ['groups'],
  scopesOfRoles: { shop: ['publish:orders.*'] },
} as const

/** Two issuers that call their keys the same, and each its own rules. */
async function start(t: TestContext) {
  const first = await TestIssuer.start()
  const second = await TestIssuer.start()
  second.keys = [await signingKey('first', 'ES256')]
  for (const issuer of [first, second]) t.after(() => issuer[Symbol.asyncDispose]())
  const trusted = [
    { ...own, issuer: first.url },
    { ...partners, issuer: second.url },
  ].map((settings) => {
    const address = { issuer: settings.issuer, jwksTtlMs: 600_000, jwksCooldownMs: 30_000 }
    const keys = JwksCache.open(address, { health: new PartHealth('issuer') })
    t.after(() => keys[Symbol.dispose]())
    return new TrustedIssuer({ ...settings, leewaySeconds: 30 }, keys)
  })
  const ofSecond = (claims: Record<string, unknown> = {}, header = {}) =>
    second.token({ aud: 'partners', scope: undefined, groups: ['shop'], ...claims }, { alg: 'ES256', ...header })
  return { first, second, verifier: new TokenVerifier(trusted), ofSecond }
}

suite('two issuers', () => {
  test('are each judged by their own audience, algorithms, claims and keys', async (t) => {
    const { first, second, verifier, ofSecond } = await start(t)

    const one = await verifier.verify(await first.token({ scope: 'read' }))
    const other = await verifier.verify(await ofSecond())

    assert.deepEqual([one.issuer, other.issuer], [first.url, second.url])
    assert.deepEqual([mayDo(one.scopes, 'read', 'orders.eu'), mayDo(one.scopes, 'publish', 'orders.eu')], [true, false])
    assert.deepEqual(
      [mayDo(other.scopes, 'read', 'orders.eu'), mayDo(other.scopes, 'publish', 'orders.eu')],
      [false, true],
    )
  })

  test('have different principals by the same name', async (t) => {
    const { first, verifier, ofSecond } = await start(t)

    const one = await verifier.verify(await first.token({ sub: 'alice' }))
    const other = await verifier.verify(await ofSecond({ sub: 'alice' }))

    assert.deepEqual([one.id, other.id], ['alice', 'alice'])
    assert.notEqual(one.issuer, other.issuer)
    assert.equal(verifier.isTrusted(one), true)
    assert.equal(verifier.isTrusted({ ...one, issuer: other.issuer }), false)
    assert.equal(verifier.isTrusted({ ...one, issuer: 'https://removed.example.com' }), false)
  })

  const crossed: [fact: string, reason: RegExp, make: (two: Awaited<ReturnType<typeof start>>) => Promise<string>][] = [
    [
      'signed by the second in the name of the first',
      /no key/,
      ({ first, second }) => first.token({}, { alg: 'ES256' }, second.keys[0]),
    ],
    [
      'signed by the first in the name of the second',
      /algorithm/,
      ({ first, second }) => second.token({ aud: 'partners' }, {}, first.keys[0]),
    ],
    ["for the first's audience from the second", /another audience/, ({ ofSecond }) => ofSecond({ aud: audience })],
    ["for the second's audience from the first", /another audience/, ({ first }) => first.token({ aud: 'partners' })],
  ]
  for (const [fact, reason, make] of crossed) {
    test(`accept no token ${fact}`, async (t) => {
      const two = await start(t)

      await assert.rejects(two.verifier.verify(await make(two)), { name: 'TokenError', message: reason })
    })
  }

  test('give no scopes by claims that only the other is believed', async (t) => {
    const { first, verifier, ofSecond } = await start(t)

    const one = await verifier.verify(await first.token({ scope: '', groups: ['shop'] }))
    const other = await verifier.verify(await ofSecond({ groups: [], scope: 'publish read' }))

    assert.deepEqual([one.scopes, other.scopes], [[], []])
  })

  for (const iss of ['another', '/', undefined, null, 7, ['first'], { 0: 'first' }, '__proto__', 'constructor']) {
    test(`are asked for no key by a token of ${JSON.stringify(iss)}`, async (t) => {
      const { first, verifier } = await start(t)
      await verifier.verify(await first.token())
      const hits = first.hits.length
      const named = Array.isArray(iss) ? [first.url] : iss === '/' ? `${first.url}/` : iss

      const forged = await first.token({ iss: named }, { kid: 'unknown' })

      await assert.rejects(verifier.verify(forged), { name: 'TokenError', message: /another issuer/ })
      assert.equal(first.hits.length, hits)
    })
  }

  test('do without each other: while one is away the other goes on', async (t) => {
    const { first, second, verifier, ofSecond } = await start(t)
    first.answers.set('/jwks', { status: 500, body: '' })
    first.keys = [await signingKey('new')]

    assert.equal((await verifier.verify(await ofSecond())).issuer, second.url)
    await assert.rejects(verifier.verify(await first.token()), KeysUnavailableError)
  })
})
