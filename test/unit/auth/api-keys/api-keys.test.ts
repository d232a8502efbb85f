import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { suite, type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { pino } from 'pino'
import {
  ApiKeyAdministration,
  type Asker,
  type WantedApiKey,
} from '../../../../src/auth/api-keys/api-key-administration.ts'
import { ApiKeyHasher } from '../../../../src/auth/api-keys/api-key-hasher.ts'
import { ApiKeyStore } from '../../../../src/auth/api-keys/api-key-store.ts'
import { newApiKeyText } from '../../../../src/auth/api-keys/api-key-text.ts'
import { ApiKeys } from '../../../../src/auth/api-keys/api-keys.ts'
import type { KeyPrincipal, TokenPrincipal } from '../../../../src/auth/principal.ts'
import { mayDo } from '../../../../src/auth/scope.ts'
import { TokenVerifier } from '../../../../src/auth/token-verifier.ts'
import { TrustedIssuer } from '../../../../src/auth/trusted-issuer.ts'
import { GatewayError } from '../../../../src/errors/gateway-error.ts'
import { noAudit } from '../../../../src/observability/audit.ts'
import type { WholeStateLog } from '../../../../src/state/state-log.ts'
import { issuerSettings, TestIssuer } from '../../../support/test-issuer.ts'

const began = 1_800_000_000_000
const hour = 3_600_000
const principal: TokenPrincipal = { id: 'ops', issuer: 'i', scopes: [], expiresAt: began + hour, keyThumbprint: 'k' }
const who = { kind: 'token', id: 'ops' } as const
const by: Asker = { principal, request: { who, from: '192.0.2.1', requestId: 'r', operation: null } }
const log = pino({ level: 'silent' })
const unavailable = new GatewayError('kafka-unavailable', 'No broker is connected.')

/** Replicas that share one log, as far as it has been given to them. */
function start(peppers = ['a-pepper-of-this-test-0123456789abcdef']) {
  const clock = { now: began }
  const records: [key: string, value: string][] = []
  const kafka = { isUp: true, isRead: true }
  const takes: ((key: string, value: string) => void)[] = []
  const openLog = (take: (key: string, value: string) => void): WholeStateLog => {
    takes.push(take)
    return {
      async open() {
        if (!kafka.isUp) throw unavailable
      },
      readWhole: async () => {
        for (const [key, value] of kafka.isRead ? records : []) take(key, value)
        return kafka.isRead
      },
      async append(key, value) {
        if (!kafka.isUp) throw unavailable
        records.push([key, value ?? ''])
        for (const each of takes) each(key, value ?? '')
        return { status: 'written', offset: records.length - 1 }
      },
      readBack: async () => true,
    }
  }
  const replica = () => {
    const hasher = new ApiKeyHasher(peppers)
    const store = new ApiKeyStore({ openLog, waitMs: 1_000, log })
    const now = () => clock.now
    const keys = new ApiKeys({ store, hasher, now })
    return { store, keys, administration: new ApiKeyAdministration({ store, hasher, audit: noAudit, log, now }) }
  }
  const first = replica()
  const create = (wanted: Partial<WantedApiKey> = {}) =>
    first.administration.create(
      {
        description: 'x',
        owner: 'y',
        scopes: ['publish:a.*'],
        addresses: null,
        quotaClass: 'z',
        expiresAt: null,
        ...wanted,
      },
      by,
    )
  return { clock, records, kafka, replica, create, ...first }
}

const isInvalid = (reason: RegExp) => (error: GatewayError) =>
  error.code === 'key-invalid' && reason.test(error.message) && /invalid_token/.test(JSON.stringify(error.extras))

suite('an API key', () => {
  test('is who it is, with its scopes, its time, and no promise', async () => {
    const { create, keys } = start()
    const { text, apiKey } = await create({ expiresAt: began + hour })

    const principal = keys.verify(text, undefined) as KeyPrincipal

    assert.deepEqual(
      [principal.id, principal.apiKey, principal.expiresAt],
      [`key:${apiKey.id}`, apiKey.id, began + hour],
    )
    assert.equal(mayDo(principal.scopes, 'publish', 'a.b'), true)
    assert.equal(mayDo(principal.scopes, 'publish', 'b'), false)
    assert.equal(keys.isTrusted(principal), true)
  })

  test('is kept as hashes alone: neither its text nor its secret are in the log', async () => {
    const { create, records, administration } = start()
    const { text, apiKey } = await create()
    const rotated = await administration.rotate(apiKey, hour, by)

    const written = JSON.stringify(records)
    for (const each of [text, rotated.text]) assert.ok(!written.includes(each.slice(20, 40)))
    const { secrets } = JSON.parse(records.at(-1)?.[1] ?? '')
    assert.deepEqual(
      secrets.map(({ hash }: { hash: string }) => Buffer.from(hash, 'base64url').length),
      [32, 32],
    )
  })

  test('is not known under another pepper', async () => {
    const { create, records } = start()
    const { text } = await create()
    const other = start(['another-pepper-of-this-test-0123456789'])
    other.records.push(...records)
    await other.store.whenRead()

    assert.throws(() => other.keys.verify(text, undefined), isInvalid(/not one of this gateway/))
  })

  test('costs one look-up, one HMAC and one comparison whether it is unknown, wrong, revoked, expired or replaced', async (t) => {
    const { create, keys, store, administration, clock } = start()
    const counts = counted(t, store)
    const known = await create()
    const revoked = await create()
    const expired = await create({ expiresAt: began + 1 })
    const replaced = await create()
    for (const { text } of [known, revoked, expired, replaced]) keys.verify(text, undefined)
    await administration.revoke(revoked.apiKey.id, by)
    await administration.rotate(replaced.apiKey, 1, by)
    clock.now += 1
    const wrong = newApiKeyText(known.apiKey.id).text
    const sameLabel = relabelled(known.text, wrong)
    const unknown = newApiKeyText('ABCDEFGHIJKL').text

    for (const text of [unknown, wrong, sameLabel, revoked.text, expired.text, replaced.text]) {
      counts.reset()
      assert.throws(() => keys.verify(text, undefined), isInvalid(/./))
      assert.deepEqual(counts.now(), { lookUps: 1, hmacs: 1, comparisons: 1 }, text)
    }
    const fresh = await create()
    counts.reset()
    keys.verify(fresh.text, undefined)
    assert.deepEqual(counts.now(), { lookUps: 1, hmacs: 1, comparisons: 1 })
  })

  test('that is refused takes about the same time for every reason (recorded, not judged)', async (t) => {
    const { create, keys, administration } = start()
    const [known, revoked] = [await create(), await create()]
    await administration.revoke(revoked.apiKey.id, by)
    const kinds = {
      unknown: () => newApiKeyText('ABCDEFGHIJKL').text,
      wrong: () => newApiKeyText(known.apiKey.id).text,
      sameLabel: () => relabelled(known.text, newApiKeyText(known.apiKey.id).text),
      revoked: () => revoked.text,
    }
    const times = Object.entries(kinds).map(([kind, make]) => {
      const texts = Array.from({ length: 2_000 }, make)
      const each = texts.map((text) => {
        const started = performance.now()
        assert.throws(() => keys.verify(text, undefined))
        return (performance.now() - started) * 1000
      })
      return `${kind} ${each.toSorted((a, b) => a - b)[1_000]?.toFixed(1)}`
    })

    t.diagnostic(`median µs, the error included: ${times.join(', ')}`)
  })

  test('says why it is refused only to who has its secret', async () => {
    const { create, keys, administration, clock } = start()
    const [revoked, expired] = [await create(), await create({ expiresAt: began + 1 })]
    await administration.revoke(revoked.apiKey.id, by)
    clock.now += 1

    assert.throws(() => keys.verify(revoked.text, undefined), isInvalid(/it is revoked/))
    assert.throws(() => keys.verify(expired.text, undefined), isInvalid(/it has expired/))
    for (const { apiKey } of [revoked, expired]) {
      const { text } = newApiKeyText(apiKey.id)
      assert.throws(() => keys.verify(text, undefined), isInvalid(/not one of this gateway/))
    }
    assert.throws(() => keys.verify('hg_x', undefined), isInvalid(/mistyped or cut/))
  })

  test('with the label of a good secret and another one is refused, also once the good one is remembered', async () => {
    const { create, keys } = start()
    const { text } = await create()
    keys.verify(text, undefined)

    const forged = relabelled(text, newApiKeyText(text.slice(3, 15)).text)
    for (let i = 0; i < 2; i++) assert.throws(() => keys.verify(forged, undefined), isInvalid(/not one/))
  })

  test('is good from its addresses only', async () => {
    const { create, keys } = start()
    const { text } = await create({ addresses: ['10.0.0.0/8'] })

    assert.ok(keys.verify(text, '::ffff:10.0.0.1'))
    for (const address of ['192.0.2.1', undefined]) {
      assert.throws(() => keys.verify(text, address), { code: 'address-not-allowed' })
    }
  })

  test('and its principal lose their trust when it is revoked, expires, or its secret is replaced', async () => {
    const { create, keys, administration, clock } = start()
    const shown = [await create(), await create({ expiresAt: began + 10 }), await create(), await create()]
    const [revoked, expiring, replaced, overlapping] = shown.map(
      ({ text }) => keys.verify(text, undefined) as KeyPrincipal,
    )
    const [first, , third, fourth] = shown.map(({ apiKey }) => apiKey)
    const trusted = () => [revoked, expiring, replaced, overlapping].map((each) => each && keys.isTrusted(each))

    assert.deepEqual(trusted(), [true, true, true, true])
    if (first) await administration.revoke(first.id, by)
    if (third) await administration.rotate(third, 0, by)
    if (fourth) await administration.rotate(fourth, 20, by)
    assert.deepEqual(trusted(), [false, true, false, true])
    clock.now += 10
    assert.deepEqual(trusted(), [false, false, false, true])
    clock.now += 10
    assert.deepEqual(trusted(), [false, false, false, false])
  })

  test('holds on for the overlap of a rotation: as a principal that ends with it', async () => {
    const { create, keys, administration } = start()
    const { text, apiKey } = await create({ expiresAt: began + hour })
    const rotated = await administration.rotate(apiKey, 5_000, by)

    assert.equal((keys.verify(text, undefined) as KeyPrincipal).expiresAt, began + 5_000)
    assert.equal((keys.verify(rotated.text, undefined) as KeyPrincipal).expiresAt, began + hour)
  })

  test('stays revoked, though another replica writes a new secret after it, in whatever order it is read', async () => {
    const { create, replica, administration, records } = start()
    const { apiKey } = await create()
    await administration.revoke(apiKey.id, by)
    const rotated = await administration.rotate(apiKey, hour, by)
    const [, revocation, last] = records
    assert.ok(revocation && last)
    // As they were written; and as compaction may leave them, or another replica have written them.
    for (const order of [[...records], [revocation, last], [last, revocation]]) {
      records.splice(0, records.length, ...order)
      const late = replica()
      await late.store.whenRead()

      assert.throws(() => late.keys.verify(rotated.text, undefined), isInvalid(/revoked/))
    }
  })

  test('waits for the first reading, is 503 while it cannot be had, and needs Kafka no more after it', async () => {
    const { create, replica, kafka } = start()
    const { text } = await create()
    const late = replica()
    kafka.isUp = false
    await assert.rejects(async () => late.keys.verify(text, undefined), { code: 'kafka-unavailable' })
    kafka.isUp = true
    kafka.isRead = false
    await assert.rejects(
      async () => late.keys.verify(text, undefined),
      (error: GatewayError) => {
        assert.deepEqual([error.code, error.extras.retryAfterSeconds], ['kafka-unavailable', 1])
        return true
      },
    )

    kafka.isRead = true
    assert.equal((await late.keys.verify(text, undefined)).id, (await late.keys.verify(text, undefined)).id)
    kafka.isUp = false
    assert.ok(!(late.keys.verify(text, undefined) instanceof Promise))
  })

  test('is noted as used at most once an hour, and not where it was refused', async () => {
    const { create, keys, records, clock } = start()
    const { text, apiKey } = await create({ addresses: ['10.0.0.0/8'] })
    const uses = () => records.filter(([key]) => key === `used/${apiKey.id}`).map(([, value]) => JSON.parse(value).at)

    assert.throws(() => keys.verify(text, '192.0.2.1'))
    assert.deepEqual(uses(), [])
    for (let i = 0; i < 3; i++) keys.verify(text, '10.0.0.1')
    clock.now += hour - 1
    keys.verify(text, '10.0.0.1')
    assert.deepEqual(uses(), [began])
    clock.now += 1
    keys.verify(text, '10.0.0.1')
    assert.deepEqual(uses(), [began, began + hour])
  })

  test('is used all the same where that cannot be noted', async () => {
    const { create, keys, kafka } = start()
    const { text } = await create()
    kafka.isUp = false

    assert.ok(keys.verify(text, undefined))
  })

  test('whose record cannot be understood is none; a revocation that cannot be understood is one', async () => {
    const { create, records, replica } = start()
    const [broken, unclear] = [await create(), await create()]
    records.push([`key/${broken.apiKey.id}`, '{"id":7}'], [`revoked/${unclear.apiKey.id}`, 'not JSON'], ['else', '{}'])
    const late = replica()
    await late.store.whenRead()

    assert.throws(() => late.keys.verify(broken.text, undefined), isInvalid(/not one/))
    assert.throws(() => late.keys.verify(unclear.text, undefined), isInvalid(/revoked/))
  })

  test('costs at most a few microseconds, beside a remembered token', async (t) => {
    const issuer = await TestIssuer.start()
    t.after(() => issuer[Symbol.asyncDispose]())
    const { create, keys } = start()
    const { text } = await create()
    const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
    const token = await issuer.token({}, {}, { jwk: { kid: 'x' }, privateKey: await imported(privateKey) })
    const source = {
      revision: 1,
      holds: () => true,
      freshen() {},
      keyFor: async () => ({ key: await imported(publicKey), revision: 1 }),
    }
    const verifier = new TokenVerifier([new TrustedIssuer({ ...issuerSettings, issuer: issuer.url }, source)])
    await verifier.verify(token)
    const cost = (authenticate: () => unknown): number => {
      const rounds = 20_000
      const times = Array.from({ length: 7 }, () => {
        const started = performance.now()
        for (let i = 0; i < rounds; i++) authenticate()
        return ((performance.now() - started) * 1000) / rounds
      })
      return Math.min(...times)
    }

    const ofToken = cost(() => verifier.known(token))
    const ofKey = cost(() => keys.verify(text, '127.0.0.1'))

    t.diagnostic(`${ofKey.toFixed(2)} µs, a remembered token ${ofToken.toFixed(2)} µs`)
    assert.ok(ofKey < 50)
  })
})

function imported(key: crypto.KeyObject): Promise<crypto.webcrypto.CryptoKey> {
  const isPrivate = key.type === 'private'
  const der = key.export({ format: 'der', type: isPrivate ? 'pkcs8' : 'spki' })
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  return crypto.subtle.importKey(isPrivate ? 'pkcs8' : 'spki', new Uint8Array(der), algorithm, true, [
    isPrivate ? 'sign' : 'verify',
  ])
}

/** Counts what the gateway's own code asks of the store and of node:crypto. */
function counted(t: TestContext, store: ApiKeyStore) {
  const lookUps = t.mock.method(store, 'find')
  const hmacs = t.mock.method(crypto, 'createHmac')
  const comparisons = t.mock.method(crypto, 'timingSafeEqual')
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  const mocks = [lookUps.mock, hmacs.mock, comparisons.mock]
  return {
    reset() {
      for (const mock of mocks) mock.resetCalls()
    },
    now: () => ({
      lookUps: lookUps.mock.callCount(),
      hmacs: hmacs.mock.callCount(),
      comparisons: comparisons.mock.callCount(),
    }),
  }
}

/** Another secret under the label of the first text: with a right checksum, which anybody can compute. */
function relabelled(first: string, second: string): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const unchecked = first.slice(0, 20) + second.slice(20, -6)
  let rest = crc32(unchecked)
  let sum = ''
  for (let i = 0; i < 6; i++) {
    sum = digits[rest % 62] + sum
    rest = Math.floor(rest / 62)
  }
  return unchecked + sum
}
