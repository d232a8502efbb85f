import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { registerSchema } from '../support/schemas.ts'

const outcomesOf = (body: { outcomes: { outcome: string }[] }): string[] => body.outcomes.map(({ outcome }) => outcome)

suite('a batch', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function texts(t: TestContext): Promise<{ topic: string; path: string; schema: unknown }> {
    const topic = await createTopic(t)
    const id = await registerSchema(`${topic}-value`, 'string')
    const schema = { subject: `${topic}-value`, version: 1, id }
    return { topic, path: `/v1/topics/${topic}/events/batch`, schema }
  }

  test('all published is 201, and one partition keeps the order of the request', async (t) => {
    const { api } = gateway
    const { topic, path, schema } = await texts(t)
    const values = Array.from({ length: 1_000 }, (_, index) => `event ${index}`)

    const answer = await api.post(path, { events: values.map((value) => ({ value })) })

    assert.equal(answer.status, 201, answer.text.slice(0, 300))
    assert.deepEqual(answer.body.schema, schema)
    assert.deepEqual(
      answer.body.outcomes.map(({ offset }: { offset: number }) => offset),
      values.map((_, index) => index),
    )
    const page = await api.get(`/v1/topics/${topic}/events?limit=1000`)
    assert.deepEqual(
      page.body.events.map(({ value }: { value: string }) => value),
      values,
    )
  })

  test('of different ends is 207: an outcome for each event, in order; the valid ones are written', async (t) => {
    const { api } = gateway
    const { topic, path } = await texts(t)

    const answer = await api.post(path, { events: [{ value: 'a' }, { value: 1 }, { value: null }, { value: 'b' }] })

    assert.equal(answer.status, 207)
    assert.deepEqual(outcomesOf(answer.body), ['published', 'refused', 'refused', 'published'])
    assert.equal(answer.body.outcomes[1].violations[0].code, 'type-mismatch')
    assert.equal(answer.body.outcomes[2].violations[0].code, 'key-missing')
    assert.deepEqual(await nextOffsets(api, topic), [2])
  })

  test('all refused is 422, a problem with outcomes', async (t) => {
    const { api } = gateway
    const { topic, path, schema } = await texts(t)

    const answer = await api.post(path, { events: [{ value: 1 }, { value: true }] })

    assert.equal(answer.status, 422)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
    assert.equal(answer.body.code, 'batch-refused')
    assert.equal(answer.body.retryable, false)
    assert.deepEqual(answer.body.schema, schema)
    assert.deepEqual(outcomesOf(answer.body), ['refused', 'refused'])
    assert.deepEqual(await nextOffsets(api, topic), [0])
  })

  test('with onRefusal withhold writes nothing where one is refused, and says which were withheld', async (t) => {
    const { api } = gateway
    const { topic, path } = await texts(t)

    const held = await api.post(path, { events: [{ value: 'a' }, { value: 1 }], onRefusal: 'withhold' })
    const refused = await api.post(path, { events: [{ value: 1 }], onRefusal: 'withhold' })
    const before = await nextOffsets(api, topic)
    const written = await api.post(path, { events: [{ value: 'a' }, { value: 'b' }], onRefusal: 'withhold' })

    assert.equal(held.status, 207)
    assert.deepEqual(outcomesOf(held.body), ['withheld', 'refused'])
    assert.equal(refused.status, 422)
    assert.deepEqual(before, [0])
    assert.equal(written.status, 201)
  })

  const malformed: readonly [fact: string, body: unknown, status: number, code: string][] = [
    ['empty', { events: [] }, 400, 'empty-batch'],
    ['atomic', { events: [{ value: 'a' }], onRefusal: 'atomic' }, 400, 'atomic-not-supported'],
    ['of another onRefusal', { events: [{ value: 'a' }], onRefusal: 'maybe' }, 400, 'invalid-body'],
    ['without events', {}, 400, 'invalid-body'],
    ['that is an array', [{ value: 'a' }], 400, 'invalid-body'],
    ['with an event without a value', { events: [{ key: 'k' }] }, 400, 'invalid-body'],
    ['with a member that is not known', { events: [{ value: 'a', vlaue: 1 }] }, 400, 'invalid-body'],
    ['with a key that is a number', { events: [{ value: 'a', key: 5 }] }, 400, 'invalid-body'],
    ['with a key that is not base64', { events: [{ value: 'a', key: { base64: 'a-b_' } }] }, 400, 'invalid-body'],
    [
      'with a header that is not base64',
      { events: [{ value: 'a', headers: { h: [{ base64: '=' }] } }] },
      400,
      'invalid-body',
    ],
    ['with a time that is none', { events: [{ value: 'a', timestamp: '2026-02-30T00:00:00Z' }] }, 400, 'invalid-body'],
    ['with the time 0', { events: [{ value: 'a', timestamp: 0 }] }, 400, 'invalid-body'],
    ['with a fraction of a partition', { events: [{ value: 'a', partition: 0.5 }] }, 400, 'invalid-body'],
    ['of 1,001 events', { events: new Array(1_001).fill({ value: 'a' }) }, 413, 'body-too-large'],
  ]
  for (const [fact, body, status, code] of malformed) {
    test(`${fact} is ${status} ${code}, written or judged, and nothing is written`, async (t) => {
      const { api } = gateway
      const { topic, path } = await texts(t)

      const published = await api.post(path, body)
      const judged = await api.post(`/v1/topics/${topic}/events/validate?batch=true`, body)

      for (const answer of [published, judged]) {
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.body.code, code)
      }
      assert.deepEqual(await nextOffsets(api, topic), [0])
    })
  }

  test('full of faults of shape is answered in bounded size and time', async (t) => {
    const { api } = gateway
    const { path } = await texts(t)
    const headers = Object.fromEntries(Array.from({ length: 400_000 }, (_, index) => [`h${index}`, 1]))
    const name = 'n'.repeat(100_000)

    const many = await api.post(path, `{"events":[${'1,'.repeat(400_000)}1]}`)
    const tooMany = await api.post(path, `{"events":[${'1,'.repeat(4_000_000)}1]}`)
    const wide = await api.post(path, { events: [{ value: 'a', headers }] })
    const long = await api.post(path, { events: [{ value: 'a', [name]: 1, headers: { [name]: 1 } }] })

    for (const answer of [many, wide, long]) {
      assert.equal(answer.status, 400)
      assert.equal(answer.body.code, 'invalid-body')
      assert.ok(answer.text.length < 8_192, `${answer.text.length}`)
    }
    assert.deepEqual([tooMany.status, tooMany.body.code], [400, 'malformed-json'])
    assert.match(tooMany.body.detail, /limits\.jsonValues/)
  })

  test('may be larger than one event: an event over 1 MiB in it is refused alone', async (t) => {
    const { api } = gateway
    const { path } = await texts(t)
    const mebibyte = 'x'.repeat(1_048_574)

    const answer = await api.post(path, { events: [{ value: mebibyte }, { value: `${mebibyte}x` }, { value: 'a' }] })

    assert.equal(answer.status, 207)
    assert.deepEqual(outcomesOf(answer.body), ['published', 'refused', 'published'])
    const [violation] = answer.body.outcomes[1].violations
    assert.equal(violation.code, 'event-too-large')
    assert.equal(violation.expected, 'at most 1048576 bytes of JSON')
  })

  test('judged writes nothing, and agrees with what publishing does', async (t) => {
    const { api } = gateway
    const { topic, path, schema } = await texts(t)
    const events = [{ value: 'a', key: 'k' }, { value: 1 }, { value: null, key: '' }, { value: 'b', partition: 9 }]

    const judged = await api.post(`/v1/topics/${topic}/events/validate?batch=true`, { events })
    const before = await nextOffsets(api, topic)
    const published = await api.post(path, { events })

    assert.equal(judged.status, 200)
    assert.deepEqual(before, [0])
    const { judgements } = judged.body
    assert.deepEqual(judgements[0], { outcome: 'valid', key: 'k', encodedBytes: 7, schema })
    assert.deepEqual(judgements[2], { outcome: 'valid', key: '', encodedBytes: null, schema: null })
    for (const [index, { outcome, violations }] of published.body.outcomes.entries()) {
      assert.equal(judgements[index].outcome === 'valid', outcome === 'published')
      assert.deepEqual(judgements[index].violations, violations)
    }
  })
})
