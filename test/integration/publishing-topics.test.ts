import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, type TestContext, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { registerSchema } from '../support/schemas.ts'

const schemaless = uniqueName('schemaless')
const byRecord = uniqueName('by-record')
const byTopicRecord = uniqueName('by-topic-record')
const pinned = uniqueName('pinned')
const pinnedAhead = uniqueName('pinned-ahead')
const recordName = `org.example.${uniqueName('Order').replace('-', '_')}`
const contracts = [
  `topic: ${schemaless}\nschemaless: true\n`,
  `topic: ${byRecord}\nsubject: { strategy: record-name, record: ${recordName} }\n`,
  `topic: ${byTopicRecord}\nsubject: { strategy: topic-record-name, record: ${recordName} }\n`,
  `topic: ${pinned}\nsubject: { version: 1 }\n`,
  `topic: ${pinnedAhead}\nsubject: { version: 2 }\n`,
]
const hourMs = 3_600_000

suite('a topic', () => {
  let gateway: TestGateway
  let timed: string
  before(async () => {
    gateway = await startGateway({ contracts })
    timed = await texts(untilTheRunEnds)
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function texts(
    t: Pick<TestContext, 'after'>,
    options: Parameters<typeof createTopic>[1] = {},
  ): Promise<string> {
    const topic = await createTopic(t, options)
    await registerSchema(`${topic}-value`, 'string')
    return `/v1/topics/${topic}/events`
  }

  test('that is schemaless keeps null, 0, false, "", {} and [] apart, as values and as keys', async (t) => {
    const { api } = gateway
    await createTopic(t, { name: schemaless })
    const path = `/v1/topics/${schemaless}/events`
    const values = ['null', '0', 'false', '""', '{}', '[]', '9007199254740993', '{"__proto__":{"a":1}}']
    const keys = ['k', null, '', '0', 'null', 'false', '{}', '""']

    for (const value of values) {
      const answer = await api.post(`${path}?key=k`, value)
      assert.equal(answer.status, 201, answer.text)
      assert.equal(answer.body.schema, null)
      const read = await api.get(answer.headers.get('location') as string)
      assert.ok(read.text.includes(`"value":${value},`), read.text)
    }
    const batch = await api.post(`${path}/batch`, { events: keys.map((key) => ({ value: 1, key })) })
    assert.equal(batch.status, 201)
    assert.equal(batch.body.schema, null)
    const page = await api.get(path)
    assert.deepEqual(
      page.body.events.slice(values.length).map(({ key }: { key: unknown }) => key),
      keys,
    )
  })

  test('without a schema in the registry is 422 schema-not-found, written, judged or a batch', async (t) => {
    const { api } = gateway
    const topic = await createTopic(t)
    const path = `/v1/topics/${topic}/events`

    const answers = [
      await api.post(path, '1'),
      await api.post(`${path}/validate`, '1'),
      await api.post(`${path}/batch`, { events: [{ value: 1 }] }),
    ]

    for (const { status, body } of answers) {
      assert.equal(status, 422)
      assert.equal(body.code, 'schema-not-found')
      assert.ok(body.detail.includes(`"${topic}-value"`))
    }
    assert.deepEqual(await nextOffsets(api, topic), [0])
  })

  test('by the strategies record-name and topic-record-name is judged by that subject', async (t) => {
    const { api } = gateway
    const [namespace, name] = [recordName.slice(0, 11), recordName.slice(12)]
    const schema = { type: 'record', namespace, name, fields: [{ name: 'id', type: 'string' }] }
    for (const [topic, subject] of [
      [byRecord, recordName],
      [byTopicRecord, `${byTopicRecord}-${recordName}`],
    ] as const) {
      await createTopic(t, { name: topic })
      const id = await registerSchema(subject, schema)

      const answer = await api.post(`/v1/topics/${topic}/events`, { id: 'o-1' })

      assert.equal(answer.status, 201, answer.text)
      assert.deepEqual(answer.body.schema, { subject, version: 1, id })
      const read = await api.get(answer.headers.get('location') as string)
      assert.deepEqual(read.body.schema, { subject, version: 1, id })
    }
  })

  test('pinned to a version is judged by it, whatever came later; one that is not there yet is 422', async (t) => {
    const { api } = gateway
    for (const name of [pinned, pinnedAhead]) {
      await createTopic(t, { name })
      await registerSchema(`${name}-value`, 'int')
    }
    await registerSchema(`${pinned}-value`, 'long')

    const fits = await api.post(`/v1/topics/${pinned}/events`, '1')
    const refused = await api.post(`/v1/topics/${pinned}/events`, '4294967296')
    const ahead = await api.post(`/v1/topics/${pinnedAhead}/events`, '1')

    assert.equal(fits.body.schema?.version, 1)
    assert.equal(refused.status, 422)
    assert.equal(refused.body.violations[0].code, 'out-of-range')
    assert.equal(ahead.body.code, 'schema-not-found')
  })

  test('has the event in the partition that was given', async (t) => {
    const { api } = gateway
    const path = await texts(t, { partitions: 3 })

    const one = await api.post(`${path}?partition=2`, '"a"')
    const batch = await api.post(`${path}/batch`, {
      events: [
        { value: 'a', partition: 1 },
        { value: 'a', partition: 3 },
      ],
    })

    assert.equal(one.body.partition, 2)
    assert.equal(batch.body.outcomes[0].partition, 1)
    const [violation] = batch.body.outcomes[1].violations
    assert.deepEqual([violation.code, violation.in, violation.expected], ['unknown-partition', 'partition', '0 to 2'])
  })

  test('has keyed events where Java has them', async (t) => {
    const path = await texts(t, { partitions: 12 })
    const keys = ['a', 'b', 'order-1', 'order-2', 'zz', 'user']

    const answer = await gateway.api.post(`${path}/batch`, { events: keys.map((key) => ({ value: 'a', key })) })

    const partitions = answer.body.outcomes.map(({ partition }: { partition: number }) => partition)
    assert.deepEqual(partitions, [4, 8, 10, 3, 6, 2])
  })

  const times: readonly [given: string, stored: string][] = [
    ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000Z'],
    ['2026-03-01T10:30:00.123456%2B01:00', '2026-03-01T09:30:00.123Z'],
    ['2026-03-01T10:30:00+01:00', '2026-03-01T09:30:00.000Z'],
    ['1772357400000', '2026-03-01T09:30:00.000Z'],
    ['1', '1970-01-01T00:00:00.001Z'],
  ]
  for (const [given, stored] of times) {
    test(`takes the time ${given}`, async () => {
      const { api } = gateway

      const answer = await api.post(`${timed}?timestamp=${given}`, '"a"')

      assert.equal(answer.status, 201, answer.text)
      assert.equal(answer.body.timestamp, stored)
      const read = await api.get(answer.headers.get('location') as string)
      assert.equal(read.body.timestamp, stored)
    })
  }

  for (const given of ['0', '-1', '', 'yesterday', '2026-03-01', '2026-02-30T00:00:00Z', '253402300800000', '1e12']) {
    test(`does not take the time "${given}": 400`, async () => {
      const answer = await gateway.api.post(`${timed}?timestamp=${given}`, '"a"')

      assert.equal(answer.status, 400)
      assert.equal(answer.body.faults[0].pointer, 'timestamp')
    })
  }

  test('that allows no time so far ahead is 422 timestamp-not-allowed; the rest of a batch has its own outcome', async (t) => {
    const { api } = gateway
    const path = await texts(t, { config: { 'message.timestamp.after.max.ms': String(hourMs) } })
    const timestamp = Date.now() + 2 * hourMs

    const one = await api.post(`${path}?timestamp=${timestamp}`, '"a"')
    const batch = await api.post(`${path}/batch`, { events: [{ value: 'a', timestamp }] })

    assert.equal(one.status, 422, one.text)
    const { code, outcome, retryable } = one.body
    assert.deepEqual(
      { code, outcome, retryable },
      { code: 'timestamp-not-allowed', outcome: 'failed', retryable: false },
    )
    assert.equal(batch.status, 503)
    assert.equal(batch.body.retryable, false)
    assert.equal(batch.body.outcomes[0].code, 'timestamp-not-allowed')
  })

  test('with a small max.message.bytes is 413, which names it, and writes nothing', async (t) => {
    const { api } = gateway
    const topic = await createTopic(t, { config: { 'max.message.bytes': '2000' } })
    await registerSchema(`${topic}-value`, 'string')
    const large = randomBytes(3_000).toString('base64')

    const one = await api.post(`/v1/topics/${topic}/events`, JSON.stringify(large))
    const batch = await api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: large }] })

    assert.equal(one.status, 413, one.text)
    assert.equal(one.body.code, 'event-too-large')
    assert.equal(one.body.outcome, 'failed')
    assert.match(one.body.detail, /max\.message\.bytes of 2000 bytes/)
    assert.equal(batch.status, 503)
    assert.equal(batch.body.code, 'batch-failed')
    assert.equal(batch.body.retryable, false)
    assert.equal(batch.body.outcomes[0].code, 'event-too-large')
    assert.deepEqual(await nextOffsets(api, topic), [0])
  })

  test('with a small max.message.bytes does not call small events too large that travelled together', async (t) => {
    const { api } = gateway
    const topic = await createTopic(t, { config: { 'max.message.bytes': '2000' } })
    await registerSchema(`${topic}-value`, 'string')
    const values = Array.from({ length: 50 }, () => randomBytes(300).toString('base64'))

    const answer = await api.post(`/v1/topics/${topic}/events/batch`, { events: values.map((value) => ({ value })) })

    const outcomes = answer.body.outcomes as { outcome: string; code?: string; retryable?: boolean; detail?: string }[]
    const failed = outcomes.filter(({ outcome }) => outcome === 'failed')
    assert.ok(failed.length > 0, answer.text)
    for (const { code, retryable, detail } of failed) {
      assert.deepEqual({ code, retryable }, { code: 'kafka-rejected', retryable: true })
      assert.match(detail ?? '', /together they are larger than the topic's max\.message\.bytes of 2000 bytes/)
    }
    assert.deepEqual(await nextOffsets(api, topic), [outcomes.length - failed.length])
  })
})
