import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { KeyPrincipal, TokenPrincipal } from '../../../src/auth/principal.ts'
import type { GatewayError } from '../../../src/errors/gateway-error.ts'
import { type QuotaParts, Quotas } from '../../../src/quotas/quotas.ts'

const key = (id: string, quotaClass: string): KeyPrincipal => ({
  id: `key:${id}`,
  apiKey: id,
  label: 'aaaa',
  quotaClass,
  scopes: [],
  expiresAt: Number.MAX_SAFE_INTEGER,
})

const principal = (id: string, issuer = 'https://issuer.example'): TokenPrincipal => ({
  id,
  issuer,
  keyThumbprint: 'x',
  scopes: [],
  expiresAt: Number.MAX_SAFE_INTEGER,
})

const inSeconds = (seconds: number) => (error: GatewayError) => error.extras.retryAfterSeconds === seconds

const aSecond = (limit: number) => ({ limit, seconds: 1 })

function room(parts: Partial<QuotaParts> = {}) {
  const clock = { now: 1_000_000 }
  const replicas = { live: 1 }
  const refused: string[] = []
  const warned: object[] = []
  const quotas = new Quotas({
    classes: { default: { requests: aSecond(2) }, gold: { requests: aSecond(4), events: aSecond(100), streams: 3 } },
    principals: { 'service-1': 'gold' },
    quotaOfTopic: () => undefined,
    replicas,
    meter: { refuseByQuota: (name, owner) => refused.push(`${owner} ${name}`) },
    log: { warn: (details: object) => warned.push(details) } as unknown as QuotaParts['log'],
    now: () => clock.now,
    ...parts,
  })
  const admitted = (who: Parameters<Quotas['admit']>[0]): number => {
    for (let count = 0; ; count++) {
      try {
        quotas.admit(who)
      } catch {
        return count
      }
    }
  }
  return { quotas, clock, replicas, refused, warned, admitted }
}

suite('Quotas', () => {
  test('are by class: of a key its own, of a principal what configuration says, and else the default', () => {
    const { admitted } = room()

    assert.equal(admitted(key('a', 'gold')), 4)
    assert.equal(admitted(key('b', 'default')), 2)
    assert.equal(admitted(principal('service-1')), 4)
    assert.equal(admitted(principal('service-2')), 2)
  })

  test('are of one caller each: another issuer has other principals', () => {
    const { admitted } = room()

    assert.equal(admitted(principal('somebody')), 2)
    assert.equal(admitted(principal('somebody', 'https://other.example')), 2)
    assert.equal(admitted(principal('somebody')), 0)
  })

  test('hold for the default class where a key has one that is not configured any more, which is logged once', () => {
    const { admitted, warned } = room()

    assert.equal(admitted(key('a', 'silver')), 2)
    assert.equal(admitted(key('a', 'silver')), 0)
    assert.deepEqual(warned, [{ principal: 'key:a', quotaClass: 'silver' }])
  })

  test('limit nobody whose class has no limits, and say nothing to him', () => {
    const { quotas } = room({ classes: { gold: { requests: aSecond(1) } } })

    for (let count = 0; count < 1_000; count++) quotas.admit(key('a', 'default'))
    assert.equal(quotas.headers(key('a', 'default')), undefined)
    assert.deepEqual(quotas.classes, ['default', 'gold'])
  })

  test('refuse with the policy that is violated, whose it is, and when to come again', () => {
    const { quotas, clock, refused, admitted } = room()
    admitted(principal('a'))
    clock.now += 100

    assert.throws(() => quotas.admit(principal('a')), {
      code: 'quota-exceeded',
      extras: {
        retryAfterSeconds: 1,
        members: {
          'violated-policies': ['requests'],
          quota: { name: 'requests', of: 'principal', limit: 2, seconds: 1 },
        },
      },
    })
    assert.deepEqual(refused, ['principal requests', 'principal requests'])
  })

  test('say what holds and what is left, as the draft has it', () => {
    const { quotas, replicas } = room()
    const gold = key('a', 'gold')
    quotas.admit(gold)
    quotas.take(gold, 30, 1_000)

    assert.deepEqual(quotas.headers(gold), {
      policy: '"requests";q=4;w=1, "events";q=100;qu="events";w=1, "streams";q=3;qu="concurrent-requests"',
      left: '"requests";r=3;t=1, "events";r=70;t=1',
    })
    replicas.live = 2
    assert.equal(quotas.headers(gold)?.left, '"requests";r=1;t=1, "events";r=35;t=1')
  })

  test('take events all or none: who is refused for one has spent nothing of another', () => {
    const limits = { events: aSecond(10), bytes: aSecond(1_000) }
    const ofTopic = { requests: aSecond(2), bytes: aSecond(100) }
    const { quotas, refused } = room({
      classes: { default: limits },
      quotaOfTopic: (topic) => (topic === 'orders' ? ofTopic : undefined),
    })
    const caller = principal('a')

    quotas.take(caller, 1, 100, 'orders')
    for (let count = 0; count < 5; count++) assert.throws(() => quotas.take(caller, 1, 1, 'orders'))
    quotas.take(caller, 9, 100, 'others')
    assert.throws(() => quotas.take(caller, 1, 1, 'others'))

    assert.deepEqual(refused, [...Array(5).fill('topic bytes'), 'principal events'])
  })

  test('of a topic are of all callers together', () => {
    const ofTopic = { events: aSecond(10) }
    const { quotas, clock } = room({ classes: {}, quotaOfTopic: () => ofTopic })

    quotas.take(principal('a'), 6, 1, 'orders')
    quotas.take(principal('b'), 4, 1, 'orders')
    assert.throws(() => quotas.take(key('c', 'default'), 1, 1, 'orders'), /10 events a second for all callers/)
    clock.now += 100
    quotas.take(key('c', 'default'), 1, 1, 'orders')
  })

  test('let more events through at once than the limit where all of it is left, and make up for them afterwards', () => {
    const { quotas, clock } = room()
    const gold = key('a', 'gold')

    quotas.take(gold, 1_000, 1)
    assert.throws(() => quotas.take(gold, 1, 1), inSeconds(10))
    clock.now += 9_900
    assert.throws(() => quotas.take(gold, 1_000, 1))
    quotas.take(gold, 1, 1)
    clock.now += 1_000
    quotas.take(gold, 1_000, 1)
  })

  test('of reads are asked before and spent afterwards: what was read at once delays the next', () => {
    const { quotas, clock } = room({ classes: { default: { bytes: aSecond(1_000) } } })
    const reader = principal('a')

    quotas.beginRead(reader)
    quotas.pace(reader).spend(10, 5_000)
    assert.throws(() => quotas.beginRead(reader), inSeconds(5))
    clock.now += 4_001
    quotas.beginRead(reader)
  })

  test('keep what comes bit by bit waiting, by the caller and the topic, and refuse only what would wait too long', () => {
    const ofTopic = { events: { limit: 10, seconds: 10 } }
    const { quotas, clock } = room({ quotaOfTopic: () => ofTopic })
    const pace = quotas.pace(key('a', 'gold'), 'orders')

    let taken = 0
    for (; pace.waitMs() === 0; taken++) pace.spend(1, 100)
    assert.equal(taken, 10)
    assert.equal(Math.round(pace.waitMs()), 1_000)
    assert.equal(pace.excess(1_000), undefined)
    assert.equal(pace.excess(900)?.code, 'quota-exceeded')
    clock.now += 1_001
    assert.equal(pace.waitMs(), 0)
  })

  test('of streams are given back once, whoever is asked twice', () => {
    const { quotas, replicas, refused } = room()
    const gold = key('a', 'gold')
    const [first] = [1, 2, 3].map(() => quotas.openStream(gold))

    assert.throws(() => quotas.openStream(gold), /3 open streams for this API key/)
    first?.()
    first?.()
    const again = quotas.openStream(gold)
    assert.throws(() => quotas.openStream(gold))
    again()
    replicas.live = 2
    assert.throws(() => quotas.openStream(gold))
    assert.deepEqual(refused, Array(3).fill('key streams'))
  })

  test('of streams of a topic are at least one a replica', () => {
    const ofTopic = { streams: 2 }
    const { quotas, replicas } = room({ quotaOfTopic: () => ofTopic })

    quotas.assertMayRead('orders', 1)
    assert.throws(() => quotas.assertMayRead('orders', 2), /2 open streams for all callers of this topic/)
    replicas.live = 3
    quotas.assertMayRead('orders', 0)
    assert.throws(() => quotas.assertMayRead('orders', 1))
  })
})
