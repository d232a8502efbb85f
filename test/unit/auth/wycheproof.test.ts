import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { compactVerify, type JSONWebKeySet, type JWK } from 'jose'
import { isCompactJws } from '../../../src/auth/compact-jws.ts'
import { JwksCache } from '../../../src/auth/jwks-cache.ts'
import { TokenError } from '../../../src/auth/token-error.ts'
import { TokenVerifier } from '../../../src/auth/token-verifier.ts'
import { TrustedIssuer } from '../../../src/auth/trusted-issuer.ts'
import { configSchema } from '../../../src/config/config.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'

interface Vector {
  class: string
  tcId: number
  key: string
  jws: string
}

const file = new URL('../../support/wycheproof-jws.json', import.meta.url)
const { keys, valid, invalid } = JSON.parse(readFileSync(file, 'utf8')) as {
  keys: Record<string, JWK>
  valid: Vector[]
  invalid: Vector[]
}

const issuer = 'https://issuer.example.com'
// Whatever an operator may choose: none of it may let an invalid one in.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

function keysOf(key: string): JwksCache {
  const set: JSONWebKeySet = { keys: [keys[key] as JWK] }
  const address = { issuer, jwksUrl: `${issuer}/jwks`, jwksTtlMs: 600_000, jwksCooldownMs: 30_000 }
  const fetch = async () => new Response(JSON.stringify(set))
  return JwksCache.open(address, { health: new PartHealth('issuer'), fetch })
}

/** What a token goes through until its claims are read: these vectors have none. */
async function isAccepted(jws: string, key: string): Promise<boolean> {
  using cache = keysOf(key)
  if (!isCompactJws(jws)) return false
  const verifying = compactVerify(jws, async (header) => (await cache.keyFor(header)).key, {
    algorithms: [...algorithms],
  })
  return verifying.then(
    () => true,
    () => false,
  )
}

suite('the vectors of Wycheproof for JSON Web Signatures', () => {
  for (const vector of valid) {
    test(`${vector.tcId} ${vector.class} by ${vector.key} is accepted`, async () => {
      assert.equal(await isAccepted(vector.jws, vector.key), true)
    })
  }

  for (const vector of invalid) {
    test(`${vector.tcId} ${vector.class} by ${vector.key} is refused`, async () => {
      using cache = keysOf(vector.key)
      const { auth } = configSchema.parse({
        registry: { url: issuer },
        auth: { issuer, audience: 'test', algorithms: [...algorithms] },
      })

      assert.equal(await isAccepted(vector.jws, vector.key), false)
      await assert.rejects(new TokenVerifier([new TrustedIssuer(auth, cache)]).verify(vector.jws), TokenError)
    })
  }

  test('name fifty classes and more, each with one at least', () => {
    assert.ok(new Set(invalid.map((vector) => vector.class)).size >= 50)
  })

  // Of these classes Wycheproof has vectors of HS256 alone, which is never accepted: here they are of a signature that is.
  const transposed: [name: string, change: (header: string, payload: string, signature: string) => string][] = [
    ['rejectsExtraEmptyComponent', (...parts) => `${parts.join('.')}.`],
    ['rejectsExtraComponent', (...parts) => `${parts.join('.')}.foo`],
    ['rejectsSpacesInMac', (header, payload, signature) => `${header}.${payload}.    ${signature}`],
    ['rejectsInvalidCharacterInsertedInMac', (header, payload, signature) => `${header}.${payload}.?${signature}`],
    ['spacesInHeader', (header, payload, signature) => `${header}    .${payload}.${signature}`],
    ['invalidCharactersInHeader', (header, payload, signature) => `${header}####.${payload}.${signature}`],
    ['InvalidCharacterInsertedInHeader', (header, payload, signature) => `${header}?.${payload}.${signature}`],
    ['spacesInPayload', (header, payload, signature) => `${header}.    ${payload}.${signature}`],
    ['invalidCharactersInPayload', (header, payload, signature) => `${header}.####${payload}.${signature}`],
    ['invalidBase64Padding', (header, payload, signature) => `${header}.${payload}.${signature}==`],
    ['invalidBase64PaddingInPayload', (header, payload, signature) => `${header}.${payload}=.${signature}`],
    ['ModifiedUnusedBits', (header, payload, signature) => `${header}.${payload}.${signature.slice(0, -1)}B`],
    [
      'JsonSerialization',
      (header, payload, signature) => JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    ],
  ]
  for (const [name, change] of transposed) {
    test(`${name}, done to an accepted one of ES256, is refused`, async () => {
      const { jws, key } = valid.find(({ tcId }) => tcId === 18) as Vector
      const [header = '', payload = '', signature = ''] = jws.split('.')

      assert.equal(await isAccepted(change(header, payload, signature), key), false)
    })
  }
})
