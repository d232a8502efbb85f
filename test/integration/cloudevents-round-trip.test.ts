import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { CloudEvent, type CloudEventV1, HTTP, Kafka, type Message } from 'cloudevents'
import type { ApiAnswer } from '../support/api.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'
import { type StoredMessage, storedMessages } from '../support/stored-values.ts'

const json = 'application/json'
const one = 'application/cloudevents+json'
const several = 'application/cloudevents-batch+json'
const data = { id: 'o-1', amount: '19.90', qty: 2, note: null }

const orderEvent = (overrides: Partial<CloudEventV1<unknown>> = {}): CloudEvent<unknown> =>
  new CloudEvent({
    id: '7d0b6f1e',
    source: 'https://shop.example.org/checkout?till=4',
    type: 'org.example.order.placed',
    time: '2026-03-01T09:29:58.000Z',
    subject: 'o-1',
    dataschema: 'https://shop.example.org/order.avsc',
    datacontenttype: json,
    partitionkey: 'o-1',
    channel: 'web',
    data,
    ...overrides,
  })

suite('a CloudEvent of the CloudEvents SDK', () => {
  const schemaless = uniqueName('schemaless')
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway({ contracts: [`topic: ${schemaless}\nschemaless: true\n`] })
    await createTopic(untilTheRunEnds, { name: schemaless })
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function orderTopic(): Promise<string> {
    const topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, orderSchema)
    return topic
  }

  function send(topic: string, { headers, body }: Message): Promise<ApiAnswer> {
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    return gateway.api.post(`/v1/topics/${topic}/events`, body, { headers: texts })
  }

  const eventAt = async (answer: ApiAnswer): Promise<unknown> => {
    assert.equal(answer.status, 201, answer.text)
    const found = await gateway.api.get(answer.headers.get('location') as string, { headers: { accept: one } })
    assert.equal(found.status, 200, found.text)
    assert.equal(found.headers.get('content-type'), one)
    assert.equal(found.headers.get('vary'), 'Accept')
    return HTTP.toEvent({ headers: Object.fromEntries(found.headers), body: found.text })
  }

  const storedOne = async (topic: string): Promise<StoredMessage> => {
    const [message, ...more] = (await storedMessages([topic])).get(topic) ?? []
    assert.ok(message)
    assert.equal(more.length, 0)
    return message
  }

  for (const mode of ['structured', 'binary'] as const) {
    test(`sent in ${mode} mode is given back equal, and stands in Kafka as the Kafka binding has it`, async () => {
      const topic = await orderTopic()
      const event = orderEvent()
      const before = Date.now()

      const answer = await send(topic, HTTP[mode](event))

      assert.deepEqual(await eventAt(answer), event)
      const { key, value, timestamp, headers } = await storedOne(topic)
      assert.equal(key, 'o-1')
      assert.equal(value?.[0], 0)
      assert.ok(timestamp >= before && timestamp <= Date.now(), `the record's time is ${timestamp}`)
      assert.deepEqual(Object.fromEntries(headers), {
        ce_specversion: '1.0',
        ce_id: event.id,
        ce_source: event.source,
        ce_type: event.type,
        ce_time: event.time,
        ce_subject: 'o-1',
        ce_dataschema: event.dataschema,
        ce_partitionkey: 'o-1',
        ce_channel: 'web',
        'content-type': 'application/avro',
      })
      assert.equal(headers.length, 10)
    })
  }

  test('written to a schemaless topic is read by the SDK from the record itself', async () => {
    const event = orderEvent({ datacontenttype: 'application/vnd.shop.order+json' })

    const answer = await send(schemaless, HTTP.structured(event))

    assert.deepEqual(await eventAt(answer), event)
    const { key, value, headers } = await storedOne(schemaless)
    const message = { headers: Object.fromEntries(headers), key: String(key), value, body: value }
    assert.equal(message.headers['content-type'], 'application/vnd.shop.order+json')
    const read = Kafka.toEvent({
      ...message,
      headers: { ...message.headers, 'content-type': json },
    } as Message) as CloudEvent
    assert.deepEqual(read, event.cloneWith({ datacontenttype: json }))
  })

  test('of a batch is published as in a batch: 201, and all are given back, with the cursor in a header', async () => {
    const topic = await orderTopic()
    const events = ['a', 'b', 'c'].map((id) => orderEvent({ id, data: { ...data, id } }))
    const headers = { 'content-type': several }

    const answer = await send(topic, { headers, body: JSON.stringify(events) })

    assert.equal(answer.status, 201, answer.text)
    assert.equal(answer.headers.get('location'), null)
    assert.deepEqual(
      answer.body.outcomes.map(({ outcome }: { outcome: string }) => outcome),
      ['published', 'published', 'published'],
    )
    const first = await gateway.api.get(`/v1/topics/${topic}/events?limit=2`, { headers: { accept: several } })
    const cursor = first.headers.get('event-cursor')
    const rest = await gateway.api.get(`/v1/topics/${topic}/events?cursor=${cursor}`, { headers: { accept: several } })
    const read = [first, rest].map((page) =>
      HTTP.toEvent({ headers: Object.fromEntries(page.headers), body: page.text }),
    )
    assert.deepEqual(read, [events.slice(0, 2), events.slice(2)])
    assert.equal(first.headers.get('event-at-end'), 'false')
    assert.equal(rest.headers.get('event-at-end'), 'true')
  })

  test('that breaks its contract is refused with pointers into its data; in a batch the others are written', async () => {
    const topic = await orderTopic()
    const broken = orderEvent({ id: 'broken', data: { id: 'o-2' } })

    const alone = await send(topic, HTTP.binary(broken))
    const batch = await send(topic, {
      headers: { 'content-type': several },
      body: JSON.stringify([broken, orderEvent()]),
    })

    assert.equal(alone.status, 422, alone.text)
    assert.equal(alone.body.violations[0].pointer, '/amount')
    assert.equal(batch.status, 207, batch.text)
    assert.deepEqual(
      batch.body.outcomes.map(({ outcome }: { outcome: string }) => outcome),
      ['refused', 'published'],
    )
    assert.equal(batch.body.outcomes[0].violations[0].pointer, '/amount')
  })

  test('without data is a tombstone, in every mode', async () => {
    const topic = await orderTopic()
    const { data: _none, datacontenttype: _type, ...attributes } = orderEvent().toJSON() as Record<string, unknown>
    const event = new CloudEvent(attributes as Partial<CloudEventV1<unknown>>)
    const { 'content-type': _json, ...headers } = HTTP.binary(event).headers as Record<string, string>

    const binary = await gateway.api.call(`/v1/topics/${topic}/events`, { method: 'POST', headers })
    const structured = await send(topic, { headers: { 'content-type': one }, body: JSON.stringify(attributes) })
    const explicit = await send(topic, {
      headers: { 'content-type': one },
      body: JSON.stringify({ ...attributes, data: null }),
    })

    for (const answer of [binary, structured, explicit]) assert.deepEqual(await eventAt(answer), event)
    const messages = (await storedMessages([topic])).get(topic) ?? []
    assert.equal(messages.length, 3)
    for (const { key, value, headers } of messages) {
      assert.equal(key, 'o-1')
      assert.equal(value, null)
      assert.equal(Object.fromEntries(headers)['content-type'], undefined)
    }
  })
})
