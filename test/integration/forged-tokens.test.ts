import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Express } from 'express'
import request from 'supertest'
import { authentication } from '../../src/auth/guard.ts'
import { JwksCache } from '../../src/auth/jwks-cache.ts'
import { TokenVerifier } from '../../src/auth/token-verifier.ts'
import { TrustedIssuer } from '../../src/auth/trusted-issuer.ts'
import { PartHealth } from '../../src/observability/part-health.ts'
import { bareApp } from '../support/app.ts'
import { forgedTokens } from '../support/forged-tokens.ts'
import { issuerSettings, signingKey, TestIssuer } from '../support/test-issuer.ts'

suite('forged tokens, through HTTP', () => {
  let issuer: TestIssuer
  let keys: JwksCache
  let app: Express

  before(async () => {
    issuer = await TestIssuer.start()
    const address = { issuer: issuer.url, jwksTtlMs: 3_600_000, jwksCooldownMs: 30_000 }
    keys = JwksCache.open(address, { health: new PartHealth('issuer') })
    const verifier = new TokenVerifier([new TrustedIssuer({ ...issuerSettings, issuer: issuer.url }, keys)])
    app = bareApp(authentication(verifier)).app
  })
  after(async () => {
    keys[Symbol.dispose]()
    await issuer[Symbol.asyncDispose]()
  })

  const get = (token: string) => request(app).get('/v1/topics').set('Authorization', `Bearer ${token}`)

  test('are at least thirty', () => {
    assert.ok(forgedTokens.length >= 30, String(forgedTokens.length))
  })

  test('are told from a right one, which comes past the guard', async () => {
    const { status } = await get(await issuer.token())

    assert.equal(status, 500)
    assert.deepEqual(issuer.hits, ['/.well-known/openid-configuration', '/jwks'])
  })

  test('with an unknown key cause one look at the keys of the issuer, and at nothing else', async () => {
    const asked = issuer.hits.length
    const evil = { kid: 'unknown', jku: `${issuer.url}/evil`, x5u: `${issuer.url}/evil` }

    const { status } = await get(await issuer.token({}, evil, await signingKey('unknown')))

    assert.equal(status, 401)
    assert.deepEqual(issuer.hits.slice(asked), ['/.well-known/openid-configuration', '/jwks'])
  })

  for (const [fact, , make] of forgedTokens) {
    test(`one ${fact} is 401, and causes no request to anybody`, async () => {
      const token = await make(issuer)
      if (token.includes('\n')) {
        await assert.rejects(async () => await get(token), /Invalid character in header/)
        return
      }
      const asked = issuer.hits.length

      const { status, body, headers } = await get(token)

      assert.equal(status, 401)
      assert.equal(body.code, 'token-invalid')
      assert.match(headers['www-authenticate'] ?? '', /^Bearer realm="headgate", error="invalid_token", /)
      assert.deepEqual(issuer.hits.slice(asked), [])
      assert.ok(token.length < 20 || !JSON.stringify([body, headers]).includes(token.slice(0, 20)))
    })
  }
})
