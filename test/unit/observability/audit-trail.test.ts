import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { newApiKeyText } from '../../../src/auth/api-keys/api-key-text.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import type { AuditedChange, AuditedRequest, AuditRecord } from '../../../src/observability/audit.ts'
import { AuditTrail } from '../../../src/observability/audit-trail.ts'

const windowMs = 5_000
const waitMs = 2_000
const revocation: AuditedChange = { event: 'api-key-revoked', resource: { kind: 'api-key', name: 'ABC' } }

const requestOf = (id: string | null, more: Partial<AuditedRequest> = {}): AuditedRequest => ({
  who: id === null ? { kind: 'nobody', id: null } : { kind: 'token', id, issuer: 'https://issuer.test' },
  from: '192.0.2.1',
  requestId: 'r-1',
  operation: 'publishEvent',
  ...more,
})
const refusal = (topic = 'orders') =>
  ({ code: 'scope-missing', resource: { kind: 'topic', name: topic }, needed: `publish:${topic}` }) as const

/** A trail before a Kafka of this process; time is that of the test. */
function start(t: TestContext, { entries = 4 } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_800_000_000_000 })
  const kafka = { isOpen: true, answers: true, takes: true }
  const written: { key: string; record: AuditRecord }[] = []
  const meter = { written: 0, dropped: 0 }
  const logged: string[] = []
  const trail = new AuditTrail({
    log: {
      open: async () => kafka.isOpen,
      append(key, value) {
        if (!kafka.answers) return new Promise(() => {})
        if (kafka.takes) written.push({ key, record: JSON.parse(value) as AuditRecord })
        return Promise.resolve(kafka.takes)
      },
    },
    settings: { windowMs, entries, waitMs },
    replica: 'replica-1',
    logger: pino({}, { write: (line: string) => logged.push(line) }),
    meter: {
      countAudit(result, records) {
        meter[result] += records
      },
    },
  })
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms)
    await settled()
  }
  return { trail, kafka, written, meter, logged, pass }
}

/** What follows from what is done by now, as far as it needs no time. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

suite('the audit trail', () => {
  test('writes a refusal after the window, with who, what, from where and by which request', async (t) => {
    const { trail, written, pass } = start(t)

    trail.refused(requestOf('shop'), refusal())
    await pass(windowMs - 1)
    assert.equal(written.length, 0)
    await pass(1)

    assert.equal(written.length, 1)
    assert.equal(written[0]?.key, 'shop')
    assert.deepEqual(written[0]?.record, {
      version: 1,
      id: 'replica-1-1',
      time: '2027-01-15T08:00:00.000Z',
      replica: 'replica-1',
      event: 'access-refused',
      who: { kind: 'token', id: 'shop', issuer: 'https://issuer.test' },
      from: '192.0.2.1',
      requestId: 'r-1',
      operation: 'publishEvent',
      code: 'scope-missing',
      resource: { kind: 'topic', name: 'orders' },
      needed: 'publish:orders',
      count: 1,
      until: '2027-01-15T08:00:00.000Z',
    })
  })

  test('counts what is the same in one record, and keeps apart what differs in who, where, what or why', async (t) => {
    const { trail, written, pass } = start(t, { entries: 20 })
    const different: Parameters<AuditTrail['refused']>[] = [
      [requestOf('shop'), refusal()],
      [requestOf('other'), refusal()],
      [requestOf(null), { code: 'token-missing', resource: null }],
      [requestOf('shop', { from: '192.0.2.2' }), refusal()],
      [requestOf('shop', { operation: 'readEvents' }), refusal()],
      [requestOf('shop'), refusal('returns')],
      [requestOf('shop'), { ...refusal(), code: 'key-invalid' }],
    ]

    for (const args of different) trail.refused(...args)
    await pass(1_000)
    for (const args of different) for (let count = 0; count < 2; count++) trail.refused(...args)
    await pass(windowMs)

    const found = written.map(({ record }) => record as AuditRecord & { count: number; until: string })
    assert.equal(found.length, different.length)
    for (const { count, time, until } of found) {
      assert.equal(count, 3)
      assert.equal(Date.parse(until) - Date.parse(time), 1_000)
    }
  })

  test('counts a flood of different refusals in its bounds, the rest by code, and leaves callers that are known their room', async (t) => {
    const { trail, written, meter, pass } = start(t, { entries: 10 })

    for (let n = 0; n < 5_000; n++) trail.refused(requestOf(null, { from: `2001:db8::${n.toString(16)}` }), refusal())
    for (let n = 0; n < 4; n++) trail.refused(requestOf(`partner-${n}`), refusal())
    assert.ok(trail.waiting <= 10)
    await pass(windowMs)

    const records = written.map(({ record }) => record)
    assert.equal(records.length, 5 + 4 + 1)
    assert.equal(records.filter((each) => each.event === 'access-refused' && each.who.kind === 'token').length, 4)
    const others = records.find(({ event }) => event === 'refusals-not-listed')
    assert.deepEqual(others && 'codes' in others && [others.count, others.codes], [4_995, { 'scope-missing': 4_995 }])
    assert.equal(meter.written, 10)
    assert.equal(trail.waiting, 0)
  })

  test('goes on counting while Kafka is away, and writes each once when it is back', async (t) => {
    const { trail, kafka, written, pass } = start(t)
    kafka.isOpen = false

    for (let window = 0; window < 100; window++) {
      trail.refused(requestOf('shop'), refusal())
      await pass(windowMs)
    }
    assert.equal(written.length, 0)
    assert.equal(trail.waiting, 1)
    kafka.isOpen = true
    await pass(windowMs)

    assert.deepEqual(
      written.map(({ record }) => 'count' in record && record.count),
      [100],
    )
    await pass(10 * windowMs)
    assert.equal(written.length, 1)
  })

  test('writes again, as it was, what Kafka has not confirmed', async (t) => {
    const { trail, kafka, written, pass } = start(t)
    kafka.takes = false
    trail.refused(requestOf('shop'), refusal())
    await pass(windowMs)
    assert.equal(trail.waiting, 1)

    trail.refused(requestOf('shop'), refusal())
    kafka.takes = true
    await pass(windowMs)

    assert.deepEqual(
      written.map(({ record }) => record.id),
      ['replica-1-1', 'replica-1-2'],
    )
  })

  test('writes a change before it is answered, with its outcome', async (t) => {
    const { trail, written } = start(t)
    const done = await trail.change(requestOf('ops'), revocation, async () => 'revoked')

    assert.equal(done, 'revoked')
    assert.deepEqual(written[0]?.record, {
      version: 1,
      id: 'replica-1-1',
      time: '2027-01-15T08:00:00.000Z',
      replica: 'replica-1',
      ...requestOf('ops'),
      ...revocation,
      outcome: 'done',
    })
  })

  test('writes what became of a change that failed, or may have', async (t) => {
    const { trail, written } = start(t)
    const failures: [unknown, string, string][] = [
      [new GatewayError('kafka-unavailable', 'no'), 'failed', 'kafka-unavailable'],
      [new GatewayError('kafka-unavailable', 'who knows', { mayBeDone: true }), 'unknown', 'kafka-unavailable'],
      [new TypeError('what'), 'unknown', 'internal'],
    ]

    for (const [error] of failures) {
      await assert.rejects(
        trail.change(requestOf('ops'), revocation, () => Promise.reject(error)),
        (thrown) => thrown === error,
      )
    }
    await settled()

    assert.deepEqual(
      written.map(({ record }) => 'outcome' in record && [record.outcome, record.code]),
      failures.map(([, ...rest]) => rest),
    )
  })

  test('lets a change go on when Kafka does not confirm its record in time, or is away, and writes it later', async (t) => {
    const { trail, kafka, written, pass } = start(t)
    kafka.isOpen = false
    assert.equal(await trail.change(requestOf('ops'), revocation, async () => 1), 1)
    kafka.isOpen = true
    kafka.answers = false
    const slow = trail.change(requestOf('ops'), revocation, async () => 2)
    await settled()
    await pass(waitMs)
    assert.equal(await slow, 2)
    kafka.answers = true
    await pass(windowMs)

    assert.deepEqual(
      written.map(({ record }) => record.id),
      ['replica-1-1'],
    )
  })

  test('drops changes beyond its bounds, counted and logged', async (t) => {
    const { trail, kafka, meter, logged } = start(t)
    kafka.isOpen = false

    for (let n = 0; n < 7; n++) await trail.change(requestOf('ops'), revocation, async () => {})

    assert.equal(trail.waiting, 4)
    assert.equal(meter.dropped, 3)
    assert.match(logged.join(''), /There is no room for an audit record: api-key-revoked/)
  })

  test('writes what it holds when it is stopped, and says what it could not', async (t) => {
    const first = start(t)
    first.trail.refused(requestOf('shop'), refusal())
    await first.trail[Symbol.asyncDispose]()
    assert.equal(first.written.length, 1)
    t.mock.timers.reset()

    const second = start(t)
    second.kafka.isOpen = false
    second.trail.refused(requestOf('shop'), refusal())
    await second.trail[Symbol.asyncDispose]()
    assert.equal(second.meter.dropped, 1)
    assert.match(second.logged.join(''), /"records":1,.*not confirmed before the stop/)
  })

  test('never writes a credential, wherever it was put', async (t) => {
    const { trail, written, pass } = start(t)
    const { text } = newApiKeyText('ABCDEFGHIJKL')

    trail.refused(requestOf(text, { requestId: text }), refusal(text))
    await pass(windowMs)

    assert.equal(written.length, 1)
    assert.ok(!JSON.stringify(written).includes(text.slice(20)))
  })
})
