import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { JwksCache } from '../../../src/auth/jwks-cache.ts'
import { mayDo } from '../../../src/auth/scope.ts'
import { KeysUnavailableError, TokenError } from '../../../src/auth/token-error.ts'
import { TokenVerifier } from '../../../src/auth/token-verifier.ts'
import { TrustedIssuer } from '../../../src/auth/trusted-issuer.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { forgedTokens } from '../../support/forged-tokens.ts'
import { pollUntil } from '../../support/poll.ts'
import { audience, issuerSettings, type SigningKey, signingKey, TestIssuer } from '../../support/test-issuer.ts'

async function start(t: TestContext, prepare: (issuer: TestIssuer) => unknown = () => {}) {
  const issuer = await TestIssuer.start()
  await prepare(issuer)
  t.after(() => issuer[Symbol.asyncDispose]())
  const clock = { now: Date.now() }
  const fetched: string[] = []
  const keys = JwksCache.open(
    { issuer: issuer.url, jwksTtlMs: 600_000, jwksCooldownMs: 30_000 },
    {
      health: new PartHealth('issuer'),
      now: () => clock.now,
      fetch: (url, init) => {
        fetched.push(url)
        return fetch(url, init)
      },
    },
  )
  t.after(() => keys[Symbol.dispose]())
  const verifier = new TokenVerifier(
    [new TrustedIssuer({ ...issuerSettings, issuer: issuer.url }, keys)],
    () => clock.now,
  )
  return { issuer, clock, fetched, keys, verifier }
}

const seconds = () => Math.floor(Date.now() / 1000)

suite('a token', () => {
  test('becomes a principal with its scopes', async (t) => {
    const { issuer, verifier } = await start(t)
    const exp = seconds() + 60

    const principal = await verifier.verify(await issuer.token({ scope: 'pii publish:orders.*', exp }))

    assert.deepEqual(principal, {
      id: 'shop',
      issuer: issuer.url,
      scopes: [
        { action: 'pii', pieces: ['', ''] },
        { action: 'publish', pieces: ['orders.', ''] },
      ],
      expiresAt: (exp + 30) * 1000,
      keyThumbprint: principal.keyThumbprint,
    })
    assert.match(principal.keyThumbprint, /^[\w-]{43}$/)
  })

  const accepted: [fact: string, claims: Record<string, unknown>, header: Record<string, string | undefined>][] = [
    ['of the type application/at+jwt', {}, { typ: 'application/AT+JWT' }],
    ['of the type JWT with scopes', {}, { typ: 'JWT' }],
    ['without a type with scopes', {}, { typ: undefined }],
    ['with its scopes in a text `scp`', { scope: undefined, scp: 'read publish' }, { typ: 'JWT' }],
    ['with its scopes in a list `scp`', { scope: undefined, scp: ['publish', 7, 'read'] }, {}],
    ['for several audiences', { aud: ['other', audience] }, {}],
    ['of a client without a subject', { sub: undefined, client_id: 'shop' }, {}],
    ['that expired within the leeway', { exp: seconds() - 20 }, {}],
    ['that begins within the leeway', { nbf: seconds() + 20 }, {}],
    ['that names no key where there is one only', {}, { kid: undefined }],
  ]
  for (const [fact, claims, header] of accepted) {
    test(`${fact} is accepted`, async (t) => {
      const { issuer, verifier } = await start(t)

      const principal = await verifier.verify(await issuer.token(claims, header as { typ: string }))

      assert.equal(principal.id, 'shop')
      assert.equal(mayDo(principal.scopes, 'publish', 'orders'), true)
    })
  }

  test('with a type and no scopes may do nothing', async (t) => {
    const { issuer, verifier } = await start(t)

    const principal = await verifier.verify(await issuer.token({ scope: undefined }))

    assert.deepEqual(principal.scopes, [])
  })

  for (const [fact, reason, make] of forgedTokens) {
    test(`${fact} is refused and nothing is fetched for it but the issuer's keys`, async (t) => {
      const { issuer, verifier, fetched } = await start(t)
      const token = await make(issuer)

      await assert.rejects(
        async () => verifier.verify(token),
        (error) => {
          assert.ok(error instanceof TokenError, String(error))
          assert.match(error.message, reason)
          assert.match(error.message, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
          return true
        },
      )

      const allowed = [`${issuer.url}/.well-known/openid-configuration`, `${issuer.url}/jwks`]
      assert.deepEqual(
        fetched.filter((url) => !allowed.includes(url)),
        [],
      )
    })
  }

  test('that names no key is refused where several fit', async (t) => {
    const { issuer, verifier } = await start(t, async ({ keys }) => keys.push(await signingKey('second')))
    const token = await issuer.token({}, { kid: undefined } as object)

    await assert.rejects(async () => verifier.verify(token), /which of the keys/)
  })
})

suite('a token that was accepted', () => {
  test('is verified once, also when many requests bring it at the same time', async (t) => {
    const { issuer, keys } = await start(t)
    let looks = 0
    const counting = {
      get revision() {
        return keys.revision
      },
      freshen: () => keys.freshen(),
      holds: (thumbprint: string) => keys.holds(thumbprint),
      keyFor: (header: Parameters<JwksCache['keyFor']>[0]) => {
        looks++
        return keys.keyFor(header)
      },
    }
    const verifier = new TokenVerifier([new TrustedIssuer({ ...issuerSettings, issuer: issuer.url }, counting)])
    const token = await issuer.token()

    const [first] = await Promise.all(Array.from({ length: 50 }, async () => verifier.verify(token)))

    assert.equal(await verifier.verify(token), first)
    assert.equal(verifier.known(token), first)
    assert.equal(looks, 1)
  })

  test('is remembered without its text', async (t) => {
    const { issuer, verifier } = await start(t)
    const token = await issuer.token()
    await verifier.verify(token)
    const [header, payload, signature] = token.split('.')

    await assert.rejects(async () => verifier.verify(`${header}.${payload}.${signature?.slice(0, -4)}AAAA`), TokenError)
  })

  test('is refused from its expiry and the leeway on', async (t) => {
    const { issuer, clock, verifier } = await start(t)
    const token = await issuer.token({ exp: seconds() + 60 })
    const { expiresAt } = await verifier.verify(token)

    clock.now = expiresAt - 1
    assert.ok(verifier.known(token))
    clock.now = expiresAt

    assert.equal(verifier.known(token), undefined)
    await assert.rejects(verifier.verify(token), /has expired/)
  })

  test('is refused once its key was withdrawn', async (t) => {
    const { issuer, clock, verifier, keys } = await start(t)
    const token = await issuer.token({ exp: seconds() + 3600 })
    await verifier.verify(token)
    issuer.keys = [await signingKey('second')]

    clock.now += 600_000
    assert.ok(verifier.known(token))
    await keys.keyFor({ alg: 'RS256', kid: 'second' })

    assert.equal(verifier.known(token), undefined)
    await assert.rejects(async () => verifier.verify(token), /no key/)
  })

  test('costs some microseconds and no promise', async (t) => {
    const { issuer, verifier } = await start(t)
    const token = await issuer.token()
    const principal = await verifier.verify(token)
    const rounds = 20_000
    const started = performance.now()

    for (let i = 0; i < rounds; i++) assert.equal(verifier.known(token), principal)

    const microseconds = ((performance.now() - started) * 1000) / rounds
    t.diagnostic(`${microseconds.toFixed(1)} µs`)
    assert.ok(microseconds < 100)
  })
})

suite('a token while the issuer is away', () => {
  test('is neither accepted nor refused before the first keys are there', async (t) => {
    const { issuer, verifier, clock } = await start(t, ({ answers }) => answers.set('/jwks', { status: 500, body: '' }))
    const token = await issuer.token()

    await assert.rejects(async () => verifier.verify(token), KeysUnavailableError)

    issuer.answers.clear()
    clock.now += 1_000
    assert.equal((await verifier.verify(token)).id, 'shop')
  })

  test('is judged by the keys that are there, however old', async (t) => {
    const { issuer, verifier, clock } = await start(t)
    await verifier.verify(await issuer.token())
    issuer.answers.set('/jwks', { status: 500, body: '' })
    clock.now += 86_400_000

    const principal = await verifier.verify(await issuer.token({ exp: Math.floor(clock.now / 1000) + 60 }))

    assert.equal(principal.id, 'shop')
  })
})

suite('the principal of a token that was accepted', () => {
  /** The keys are fetched again when their time is over. */
  const noticed = async ({ keys, clock }: Awaited<ReturnType<typeof start>>) => {
    const { revision } = keys
    clock.now += 600_000
    keys.freshen()
    await pollUntil(() => keys.revision > revision, 5_000)
  }

  test('is trusted until the issuer withdraws the key, and not by what it is called', async (t) => {
    const parts = await start(t)
    const { issuer, verifier } = parts
    const principal = await verifier.verify(await issuer.token())
    assert.equal(verifier.isTrusted(principal), true)

    issuer.keys = [await signingKey('first')]
    await noticed(parts)

    assert.equal(verifier.isTrusted(principal), false)
    assert.equal(verifier.isTrusted(await verifier.verify(await issuer.token())), true)
  })

  test('is trusted when the issuer adds a key, and when it calls the same key otherwise', async (t) => {
    const parts = await start(t)
    const { issuer, verifier } = parts
    const principal = await verifier.verify(await issuer.token())
    const [first] = issuer.keys as [SigningKey]

    issuer.keys = [await signingKey('second'), { ...first, jwk: { ...first.jwk, kid: 'renamed' } }]
    await noticed(parts)

    assert.equal(verifier.isTrusted(principal), true)
  })

  test('is trusted while the issuer is away, and by a gateway that never had its keys', async (t) => {
    const { issuer, verifier, clock, keys } = await start(t)
    const principal = await verifier.verify(await issuer.token())
    const fresh = await start(t, ({ answers }) => answers.set('/jwks', { status: 500, body: '' }))

    issuer.answers.set('/jwks', { status: 500, body: '' })
    clock.now += 86_400_000
    const asked = issuer.jwksFetches
    keys.freshen()
    await pollUntil(() => issuer.jwksFetches > asked, 5_000)

    assert.equal(verifier.isTrusted(principal), true)
    assert.equal(fresh.verifier.isTrusted({ ...principal, issuer: fresh.issuer.url }), true)
  })

  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA'] as const) {
    test(`is known by its key, of ${alg} too`, async (t) => {
      const { issuer, keys, clock } = await start(t, async (issuer) => {
        issuer.keys = [await signingKey('first', alg)]
      })
      const verifier = new TokenVerifier(
        [new TrustedIssuer({ ...issuerSettings, algorithms: [alg], issuer: issuer.url }, keys)],
        () => clock.now,
      )

      const principal = await verifier.verify(await issuer.token({}, { alg }))

      assert.equal(verifier.isTrusted(principal), true)
    })
  }

  test('is trusted beside keys that no token can be signed with', async (t) => {
    const { issuer, verifier } = await start(t, ({ keys }) =>
      keys.push({ ...(keys[0] as SigningKey), jwk: { kty: 'new', kid: 'of another kind' } }),
    )

    const principal = await verifier.verify(await issuer.token())

    assert.equal(verifier.isTrusted(principal), true)
  })
})
