import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { openRawWriter } from '../support/raw-records.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import type { ReceivedMessage } from '../support/received-messages.ts'
import { streamNumbers as numbers, StreamClient } from '../support/stream-client.ts'

suite('GET /v1/stream', () => {
  let gateway: TestGateway
  const schemaless = uniqueName('schemaless')
  before(async () => {
    gateway = await startGateway({ contracts: [`{ topic: ${schemaless}, schemaless: true }`] })
    await createTopic(untilTheRunEnds, { name: schemaless })
  })
  after(() => gateway[Symbol.asyncDispose]())

  for (const type of ['text/event-stream', 'application/x-ndjson'] as const) {
    test(`${type}: gives what is published from now on, as it arrives`, async (t) => {
      const topic = await numberTopic(t, { partitions: 2 })
      await publishNumbers(gateway.api, topic, 0, 3)

      const stream = await StreamClient.open(t, gateway, { type, query: { topics: topic } })
      await publishNumbers(gateway.api, topic, 3, 4)
      await stream.count(4)

      assert.deepEqual(numbers(stream.events), range(3, 4))
      assert.equal(stream.response.headers.get('content-type'), type)
      assert.equal(stream.response.headers.get('cache-control'), 'no-store, no-transform')
      assert.equal(stream.response.headers.get('x-accel-buffering'), 'no')
    })

    test(`${type}: reads history, joins the end, and leaves nothing out`, async (t) => {
      const topic = await numberTopic(t)
      await publishNumbers(gateway.api, topic, 0, 900)
      await publishNumbers(gateway.api, topic, 900, 900)

      const stream = await StreamClient.open(t, gateway, { type, query: { topics: topic, from: 'earliest' } })
      await publishNumbers(gateway.api, topic, 1800, 200)
      await stream.count(2000)
      await publishNumbers(gateway.api, topic, 2000, 10)
      await stream.count(2010)

      assert.deepEqual(numbers(stream.events), range(0, 2010))
    })

    test(`${type}: goes on after any message whose cursor is given back`, async (t) => {
      const topic = await numberTopic(t, { partitions: 3 })
      for (let i = 0; i < 30; i++) await publishNumbers(gateway.api, topic, i, 1, { partition: i % 3 })
      const first = await StreamClient.open(t, gateway, { type, query: { topics: topic, from: 'earliest' } })
      await first.count(30)

      for (const at of [0, 7, 29]) {
        const { cursor } = first.events[at] as ReceivedMessage
        const resumed = await StreamClient.open(t, gateway, { type, query: { topics: topic, cursor } })
        await resumed.count(29 - at)
        const together = [...first.events.slice(0, at + 1), ...resumed.events]
        assert.deepEqual(
          numbers(together).sort((a, b) => a - b),
          range(0, 30),
        )
      }
    })
  }

  for (const type of ['text/event-stream', 'application/x-ndjson'] as const) {
    test(`${type}: tombstones and records that cannot be decoded have their kinds, and the stream goes on`, async (t) => {
      const topic = await numberTopic(t)
      const raw = await openRawWriter(t)
      const stream = await StreamClient.open(t, gateway, { type, query: { topics: topic } })
      await publishNumbers(gateway.api, topic, 0, 1)
      await raw.write(topic, { value: Buffer.from('garbage') })
      await raw.write(topic, { value: null, key: Buffer.from('gone') })
      await raw.write(topic, { value: Buffer.alloc(0) })
      await publishNumbers(gateway.api, topic, 1, 1)
      await stream.count(2)

      assert.deepEqual(
        stream.said.map(({ kind, content: { offset, value, error } }) => [kind, offset, value, error?.code]),
        [
          ['event', 0, { n: 0 }, undefined],
          ['undecodable', 1, undefined, 'undecodable'],
          ['tombstone', 2, null, undefined],
          ['undecodable', 3, undefined, 'undecodable'],
          ['event', 4, { n: 1 }, undefined],
        ],
      )
    })
  }

  test('null, 0, false, "", {} and [] are values and keys like any other', async (t) => {
    const stream = await StreamClient.open(t, gateway, { query: { topics: schemaless } })
    const values = [0, false, '', {}, [], 'a\nb\r\u2028']
    const events = [...values.map((value) => ({ value })), { value: 1, key: '' }, { value: null, key: 'k' }]
    assert.equal((await gateway.api.post(`/v1/topics/${schemaless}/events/batch`, { events })).status, 201)
    await stream.count(7)

    assert.deepEqual(
      stream.said.map(({ content: { key, value } }) => ({ key, value })),
      events.map(({ value, ...rest }) => ({ key: null, ...rest, value })),
    )
  })

  test('a filter leaves out what does not match, also where history ends, and the cursor moves past it', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 50)

    const query = { topics: topic, from: 'earliest', filter: 'value.n % 10 == 3' }
    const stream = await StreamClient.open(t, gateway, { query })
    await stream.count(5)
    await publishNumbers(gateway.api, topic, 50, 50)
    await stream.count(10)

    assert.deepEqual(numbers(stream.events), [3, 13, 23, 33, 43, 53, 63, 73, 83, 93])
  })

  test('readers of the same topic with other filters, fields and forms each get their own', async (t) => {
    const all = { topics: schemaless, longs: 'number' }
    const queries = [
      all,
      { ...all, filter: 'value.a == 1' },
      { ...all, fields: '/b/c' },
      { ...all, filter: 'value.a == 1', fields: '/a' },
      { ...all, filter: 'value.a == 1', fields: '/a' },
    ]
    const streams = await Promise.all(queries.map((query) => StreamClient.open(t, gateway, { query })))
    for (const a of [1, 2, 1]) await gateway.api.post(`/v1/topics/${schemaless}/events`, { a, b: { c: a * 10, d: 0 } })
    for (const stream of streams) await stream.count(stream === streams[0] || stream === streams[2] ? 3 : 2)

    assert.deepEqual(
      streams.map(({ events }) => events.map(({ content }) => content.value)),
      [
        [1, 2, 1].map((a) => ({ a, b: { c: a * 10, d: 0 } })),
        [1, 1].map((a) => ({ a, b: { c: a * 10, d: 0 } })),
        [1, 2, 1].map((a) => ({ b: { c: a * 10 } })),
        [{ a: 1 }, { a: 1 }],
        [{ a: 1 }, { a: 1 }],
      ],
    )
  })

  test('one stream gives many topics, and readers of some and of all stand beside each other', async (t) => {
    const topics = [await numberTopic(t), await numberTopic(t), await numberTopic(t)]
    const all = await StreamClient.open(t, gateway, { query: { topics: topics.join(',') } })
    const one = await StreamClient.open(t, gateway, { query: { topics: topics[1] ?? '' } })
    for (let n = 0; n < 30; n++) await publishNumbers(gateway.api, topics[n % 3] ?? '', n, 1)
    await Promise.all([all.count(30), one.count(10)])

    for (const [index, topic] of topics.entries()) {
      const ofTopic = all.events.filter(({ content }) => content.topic === topic)
      assert.deepEqual(
        numbers(ofTopic),
        range(0, 30).filter((n) => n % 3 === index),
      )
    }
    assert.deepEqual(
      numbers(one.events),
      range(0, 30).filter((n) => n % 3 === 1),
    )
  })
})
