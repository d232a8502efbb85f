import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { pollUntil } from '../support/poll.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'

const order = { id: 'o-1', amount: '19.90' }

suite('one event', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function orders(t: Parameters<typeof createTopic>[0], partitions = 1): Promise<{ topic: string; id: number }> {
    const topic = await createTopic(t, { partitions })
    return { topic, id: await registerSchema(`${topic}-value`, orderSchema) }
  }

  test('written, answers 201 with its place, where it can be read', async (t) => {
    const { api } = gateway
    const { topic, id } = await orders(t, 3)
    const sentAt = Date.now()

    const answer = await api.post(`/v1/topics/${topic}/events`, { id: 'o-1', amount: 19.9 })

    assert.equal(answer.status, 201, answer.text)
    const { partition, offset, timestamp, schema } = answer.body
    assert.deepEqual(schema, { subject: `${topic}-value`, version: 1, id })
    assert.equal(answer.headers.get('location'), `/v1/topics/${topic}/partitions/${partition}/events/${offset}`)
    assert.ok(Date.parse(timestamp) >= sentAt && Date.parse(timestamp) <= Date.now(), timestamp)
    const read = await api.get(answer.headers.get('location') as string)
    assert.deepEqual(read.body, {
      topic,
      partition,
      offset,
      timestamp,
      key: null,
      headers: {},
      value: { id: 'o-1', amount: '19.90', qty: 1, note: null },
      schema,
    })
  })

  test('that breaks its schema is 422 with every violation and its suggestion, and is not written', async (t) => {
    const { api } = gateway
    const { topic, id } = await orders(t)

    const answer = await api.post(`/v1/topics/${topic}/events?partition=7`, { id: 5, amonut: '1.999', qty: 2 ** 31 })

    assert.equal(answer.status, 422)
    const { code, outcome, retryable, detail, schema, violations } = answer.body
    assert.deepEqual({ code, outcome, retryable }, { code: 'event-refused', outcome: 'refused', retryable: false })
    assert.equal(detail, 'The event breaks its contract in 5 places.')
    assert.deepEqual(schema, { subject: `${topic}-value`, version: 1, id })
    assert.deepEqual(
      violations.map((each: Record<string, string>) => [each.in ?? 'value', each.pointer, each.code, each.suggestion]),
      [
        ['value', '/id', 'type-mismatch', undefined],
        ['value', '/amount', 'missing-field', undefined],
        ['value', '/qty', 'out-of-range', undefined],
        ['value', '/amonut', 'unknown-field', 'amount'],
        ['partition', '', 'unknown-partition', undefined],
      ],
    )
    assert.deepEqual(await nextOffsets(api, topic), [0])
  })

  test('with more than 100 violations lists 100 of them and says that there are more', async (t) => {
    const { api } = gateway
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, { type: 'array', items: 'string' })
    const junk = `[${'0,'.repeat(400_000)}0]`

    const refused = await api.post(`/v1/topics/${topic}/events`, junk)
    const judged = await api.post(`/v1/topics/${topic}/events/validate`, junk)
    const exactly = await api.post(`/v1/topics/${topic}/events`, new Array(100).fill(0))
    const batch = await api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: new Array(101).fill(0) }] })

    const more = 'The event breaks its contract in more than 100 places; the first 100 are listed.'
    assert.equal(refused.status, 422)
    assert.equal(refused.body.detail, more)
    assert.equal(refused.body.violations.length, 100)
    assert.equal(refused.body.violations[99].pointer, '/99')
    assert.equal(judged.body.detail, more)
    assert.deepEqual(judged.body.violations, refused.body.violations)
    assert.equal(exactly.body.detail, 'The event breaks its contract in 100 places.')
    assert.equal(exactly.body.violations.length, 100)
    assert.equal(batch.body.outcomes[0].detail, more)
  })

  test('to a topic that Kafka does not have is 404, and creates none', async () => {
    const { api } = gateway
    const topic = uniqueName('absent')

    const answer = await api.post(`/v1/topics/${topic}/events`, order)

    assert.equal(answer.status, 404)
    assert.equal(answer.body.code, 'topic-not-found')
    const again = await api.post(`/v1/topics/${topic}/events`, order)
    assert.equal(again.status, 404)
  })

  test('with Idempotency-Key is 400, one or a batch', async (t) => {
    const { api } = gateway
    const { topic } = await orders(t)
    const headers = { 'idempotency-key': 'k-1' }

    const one = await api.post(`/v1/topics/${topic}/events`, order, { headers })
    const batch = await api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: order }] }, { headers })

    for (const { status, body } of [one, batch]) {
      assert.equal(status, 400)
      assert.equal(body.code, 'idempotency-key-not-supported')
    }
    assert.deepEqual(await nextOffsets(api, topic), [0])
  })

  test('answers without a body where return=minimal is preferred, and names the preferences applied', async (t) => {
    const { api } = gateway
    const { topic } = await orders(t)
    const headers = { prefer: 'wait=5, return=minimal, handling=lenient' }

    const one = await api.post(`/v1/topics/${topic}/events`, order, { headers })
    const batch = await api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: order }] }, { headers })
    const zero = await api.post(`/v1/topics/${topic}/events`, order, { headers: { prefer: 'wait=0' } })

    for (const { status, text, headers: answered } of [one, batch]) {
      assert.equal(status, 201)
      assert.equal(text, '')
      assert.equal(answered.get('preference-applied'), 'wait=5, return=minimal')
    }
    assert.equal(one.headers.get('location'), `/v1/topics/${topic}/partitions/0/events/0`)
    assert.equal(zero.status, 201)
    assert.equal(zero.headers.get('preference-applied'), null)
    assert.deepEqual(await nextOffsets(api, topic), [3])
  })
})

suite('an event that Kafka does not confirm in time', () => {
  test('is 504, outcome unknown, not retryable; it may be there afterwards', async (t) => {
    const { api } = await gatewayFor(t, { env: { HEADGATE_PUBLISH_DEADLINE_MS: '1' } })
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, 'string')
    await api.post(`/v1/topics/${topic}/events/validate`, '"warm"')

    const one = await api.post(`/v1/topics/${topic}/events`, '"late"')
    const batch = await api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: 'late' }, { value: 'late' }] })

    assert.equal(one.status, 504, one.text)
    const { code, outcome, retryable } = one.body
    assert.deepEqual({ code, outcome, retryable }, { code: 'outcome-unknown', outcome: 'unknown', retryable: false })
    assert.equal(batch.status, 504, batch.text)
    assert.equal(batch.body.retryable, false)
    assert.deepEqual(
      batch.body.outcomes.map((each: { outcome: string }) => each.outcome),
      ['unknown', 'unknown'],
    )
    await pollUntil(async () => (await nextOffsets(api, topic))[0] === 3)
  })
})

suite('a gateway that cannot write', () => {
  test('answers 503 at once where no broker is connected, and says when to come back', async (t) => {
    const env = { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' }
    const { api } = await gatewayFor(t, { env, awaitReady: false })

    const answer = await api.post('/v1/topics/orders/events', order)

    assert.equal(answer.status, 503)
    assert.equal(answer.body.code, 'kafka-unavailable')
    assert.equal(answer.body.retryable, true)
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
  })

  test('answers 503 gateway-full where a request has more events than may be in flight, and writes none', async (t) => {
    const { api } = await gatewayFor(t, { env: { HEADGATE_PUBLISH_IN_FLIGHT_EVENTS: '3' } })
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, 'string')
    const events = ['a', 'b', 'c', 'd'].map((value) => ({ value }))

    const full = await api.post(`/v1/topics/${topic}/events/batch`, { events })
    const fits = await api.post(`/v1/topics/${topic}/events/batch`, { events: events.slice(1) })

    assert.equal(full.status, 503)
    assert.equal(full.body.code, 'gateway-full')
    assert.ok(full.headers.has('retry-after'))
    assert.equal(fits.status, 201, fits.text)
    assert.deepEqual(await nextOffsets(api, topic), [3])
  })

  test('answers 503 where the registry is away and the schema not known; schemaless topics go on', async (t) => {
    const topic = await createTopic(t)
    const schemaless = await createTopic(t)
    const { api } = await gatewayFor(t, {
      env: { HEADGATE_REGISTRY_URL: 'http://127.0.0.1:1' },
      contracts: [`topic: ${schemaless}\nschemaless: true\n`],
    })

    const governed = await api.post(`/v1/topics/${topic}/events`, order)
    const free = await api.post(`/v1/topics/${schemaless}/events`, order)

    assert.equal(governed.status, 503)
    assert.equal(governed.body.code, 'registry-unavailable')
    assert.equal(free.status, 201, free.text)
  })
})
