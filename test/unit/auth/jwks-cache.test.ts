import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { JwksCache } from '../../../src/auth/jwks-cache.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { signingKey, TestIssuer } from '../../support/test-issuer.ts'

const ttl = 600_000
const cooldown = 30_000
const metadataPath = '/.well-known/openid-configuration'
const oauthMetadataPath = '/.well-known/oauth-authorization-server'

interface Setup {
  prepare?: (issuer: TestIssuer) => unknown
  jwksUrl?: (issuer: TestIssuer) => string
  path?: string
}

async function start(t: TestContext, { prepare = () => {}, jwksUrl, path = '' }: Setup = {}) {
  const issuer = await TestIssuer.start()
  t.after(() => issuer[Symbol.asyncDispose]())
  await prepare(issuer)
  const clock = { now: 1_000_000 }
  const health = new PartHealth('issuer')
  const cache = JwksCache.open(
    { issuer: issuer.url + path, jwksUrl: jwksUrl?.(issuer), jwksTtlMs: ttl, jwksCooldownMs: cooldown },
    { health, now: () => clock.now },
  )
  t.after(() => cache[Symbol.dispose]())
  const find = (kid: string) => cache.keyFor({ alg: 'RS256', kid })
  return { issuer, clock, health, cache, find }
}

const down = (issuer: TestIssuer) => issuer.answers.set('/jwks', { status: 500, body: 'oops' })
const json = (value: unknown) => ({ status: 200, body: JSON.stringify(value) })

async function until(isSo: () => boolean): Promise<void> {
  const limit = Date.now() + 5_000
  while (!isSo()) {
    assert.ok(Date.now() < limit, 'it did not come to be so in time')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

suite('JwksCache', () => {
  test('finds the keys by the metadata, once for all who ask at the same time', async (t) => {
    const { issuer, health, find } = await start(t)

    await Promise.all(Array.from({ length: 20 }, () => find('first')))

    assert.deepEqual(issuer.hits, [metadataPath, '/jwks'])
    assert.equal(health.current.state, 'up')
  })

  test('finds the metadata where RFC 8414 puts it', async (t) => {
    const { issuer, find } = await start(t, {
      path: '/tenant',
      prepare: (issuer) => {
        const metadata = json({ issuer: `${issuer.url}/tenant`, jwks_uri: `${issuer.url}/jwks` })
        issuer.answers.set(`${oauthMetadataPath}/tenant`, metadata)
      },
    })

    await find('first')

    assert.deepEqual(issuer.hits, [`/tenant${metadataPath}`, `${oauthMetadataPath}/tenant`, '/jwks'])
  })

  test('asks for no metadata where it is told where the keys are', async (t) => {
    const { issuer, find } = await start(t, { jwksUrl: ({ url }) => `${url}/jwks` })

    await find('first')

    assert.deepEqual(issuer.hits, ['/jwks'])
  })

  test('fetches again only when the time of the keys is over, without making anybody wait', async (t) => {
    const { issuer, clock, cache, find } = await start(t)
    const { revision } = await find('first')

    clock.now += ttl - 1
    await find('first')
    assert.equal(issuer.jwksFetches, 1)
    issuer.keys.push(await signingKey('second'))
    clock.now += 1
    assert.equal((await find('first')).revision, revision)
    await until(() => cache.revision > revision)

    assert.equal(issuer.jwksFetches, 2)
  })

  test('has the same revision when the keys are the same', async (t) => {
    const { issuer, clock, cache, health, find } = await start(t)
    const { revision } = await find('first')
    down(issuer)
    clock.now += ttl
    cache.freshen()
    await until(() => health.current.state === 'down')
    issuer.answers.clear()
    clock.now += 1_000

    cache.freshen()
    await until(() => health.current.state === 'up')

    assert.equal(cache.revision, revision)
  })

  test('serves known keys for the whole hour for which the issuer is away, and looks for it again and again', async (t) => {
    const { issuer, clock, health, cache, find } = await start(t)
    const { revision } = await find('first')
    down(issuer)
    const asked = issuer.jwksFetches

    for (let minute = 1; minute <= 60; minute++) {
      clock.now += 60_000
      assert.equal((await find('first')).revision, revision)
      const isDue = minute >= ttl / 60_000
      await until(() => health.current.state === (isDue ? 'down' : 'up'))
    }
    issuer.answers.clear()
    clock.now += 1_000
    cache.freshen()
    await until(() => health.current.state === 'up')

    assert.ok(issuer.jwksFetches > asked + 1)
    assert.equal((await find('first')).revision, revision)
  })

  test('sees a new key at its first use, within 5 s and in time that no clock has to pass', async (t) => {
    const { issuer, clock, find } = await start(t)
    await find('first')
    clock.now += 60_000
    issuer.keys.push(await signingKey('rotated'))
    const started = performance.now()

    const { key } = await find('rotated')

    assert.equal(key.type, 'public')
    assert.ok(performance.now() - started < 5_000)
  })

  test('is made to fetch once in 30 s at most by a flood of key ids that are not known', async (t) => {
    const { issuer, clock, find } = await start(t)
    await find('first')
    const first = issuer.jwksFetches
    const begun = clock.now

    for (let flooded = 0; flooded < 1_200; flooded++) {
      clock.now = begun + flooded * 100
      await assert.rejects(find(`unknown-${flooded}`), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    }

    assert.equal(clock.now - begun, 119_900)
    assert.equal(issuer.jwksFetches - first, 4)
  })

  test('is made to fetch once by a flood at one time', async (t) => {
    const { issuer, find } = await start(t)
    await find('first')
    const asked = issuer.jwksFetches

    const answers = await Promise.allSettled(Array.from({ length: 500 }, (_, id) => find(`unknown-${id}`)))

    assert.ok(answers.every(({ status }) => status === 'rejected'))
    assert.equal(issuer.jwksFetches, asked + 1)
  })

  test('fetches at once for a key that is not known, then not before the cooldown is over', async (t) => {
    const { issuer, clock, find } = await start(t)
    await find('first')
    issuer.keys.push(await signingKey('second'))

    await find('second')
    assert.equal(issuer.jwksFetches, 2)
    issuer.keys.push(await signingKey('third'))
    for (const kid of ['third', 'fourth', 'fifth'])
      await assert.rejects(find(kid), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
    assert.equal(issuer.jwksFetches, 2)
    clock.now += cooldown
    await find('third')

    assert.equal(issuer.jwksFetches, 3)
  })

  test('uses the keys for as long as the issuer is away, and says that it is', async (t) => {
    const { issuer, clock, health, find } = await start(t)
    await find('first')
    down(issuer)

    clock.now += 30 * 86_400_000
    await find('first')
    await until(() => health.current.state === 'down')
    await find('first')

    assert.match(health.current.cause ?? '', /\/jwks answered 500/)
  })

  test('asks an issuer that is away once a second at most', async (t) => {
    const { issuer, clock, find } = await start(t, { prepare: down })
    await assert.rejects(find('first'), { name: 'KeysUnavailableError' })

    for (let i = 0; i < 20; i++) await assert.rejects(find('first'), { name: 'KeysUnavailableError' })
    assert.equal(issuer.jwksFetches, 1)
    issuer.answers.clear()
    clock.now += 1_000
    await find('first')

    assert.equal(issuer.jwksFetches, 2)
  })

  test('says of a key that is not known that it cannot tell, while the issuer is away', async (t) => {
    const { issuer, find } = await start(t)
    await find('first')
    down(issuer)

    await assert.rejects(find('second'), { name: 'KeysUnavailableError' })
  })

  const unusable: [fact: string, prepare: (issuer: TestIssuer) => unknown, cause: RegExp][] = [
    [
      'keys that are HTML',
      ({ answers }) => answers.set('/jwks', { status: 200, body: '<html>' }),
      /did not answer a JSON object/,
    ],
    ['an empty list of keys', ({ answers }) => answers.set('/jwks', json({ keys: [] })), /holds no keys/],
    ['keys that are no objects', ({ answers }) => answers.set('/jwks', json({ keys: ['x'] })), /holds no keys/],
    [
      'an answer without an end',
      ({ answers }) => answers.set('/jwks', { status: 200, body: ' '.repeat(300_000) }),
      /more than 262144 bytes/,
    ],
    [
      'the metadata of another issuer',
      (issuer) =>
        issuer.answers.set(metadataPath, json({ issuer: 'https://evil.example.com', jwks_uri: `${issuer.url}/jwks` })),
      /names another issuer/,
    ],
    [
      'metadata without an address of keys',
      (issuer) => issuer.answers.set(metadataPath, json({ issuer: issuer.url })),
      /has no jwks_uri/,
    ],
    [
      'an address of keys that is a file',
      (issuer) => issuer.answers.set(metadataPath, json({ issuer: issuer.url, jwks_uri: 'file:///etc/passwd' })),
      /has no jwks_uri/,
    ],
    [
      'no metadata at all',
      ({ answers }) => answers.set(metadataPath, { status: 404, body: '' }),
      /oauth-authorization-server answered 404/,
    ],
  ]
  for (const [fact, prepare, cause] of unusable) {
    test(`takes no keys from ${fact}`, async (t) => {
      const { health, find } = await start(t, { prepare })

      await assert.rejects(find('first'), { name: 'KeysUnavailableError' })

      assert.match(health.current.cause ?? '', cause)
    })
  }

  test('keeps the keys that it has when an answer is unusable', async (t) => {
    const { issuer, clock, health, find } = await start(t)
    await find('first')
    issuer.answers.set('/jwks', { status: 200, body: '<html>' })
    clock.now += ttl

    await find('first')
    await until(() => health.current.state === 'down')

    assert.ok(await find('first'))
  })

  test('takes no plain-text keys for an issuer that is encrypted', async () => {
    const health = new PartHealth('issuer')
    const issuer = 'https://issuer.example.com'
    const body = JSON.stringify({ issuer, jwks_uri: 'http://issuer.example.com/jwks' })
    using cache = JwksCache.open(
      { issuer, jwksTtlMs: ttl, jwksCooldownMs: cooldown },
      { health, fetch: async () => new Response(body) },
    )

    await assert.rejects(cache.keyFor({ alg: 'RS256' }), { name: 'KeysUnavailableError' })

    assert.match(health.current.cause ?? '', /is not https/)
  })
})
