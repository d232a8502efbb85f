import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { Consumer } from '@platformatic/kafka'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { createTopic } from '../../support/kafka.ts'
import {
  allFrom,
  bootstrapServers,
  connectedProducer,
  openPool,
  send,
  startProducer,
  testConfig,
  write,
} from './room.ts'

suite('RecordProducer', () => {
  test("puts keys into the partitions that Java's producer chooses", async (t) => {
    const topic = await createTopic(t, { partitions: 12 })
    const producer = await connectedProducer(t)

    const partitions = []
    for (const key of ['a', 'b', 'order-1', 'order-2', 'zz', 'user']) {
      partitions.push((await write(producer, topic, { key: Buffer.from(key) })).partition)
    }

    assert.deepEqual(partitions, [4, 8, 10, 3, 6, 2])
  })

  test('sends aside what is not counted among the events that requests wait for', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const record = { partition: 0, key: null, value: Buffer.from('x'), timestamp: Date.now(), headers: [] }

    const aside = new Promise<{ status: string }>((resolve) => producer.sendAside(topic, record, resolve))
    const whileAside = producer.inFlight.events
    const counted = send(producer, topic, {})
    const whileBoth = producer.inFlight.events
    const statuses = [(await aside).status, (await counted).status]

    assert.deepEqual([whileAside, whileBoth, producer.inFlight.events], [0, 1, 0])
    assert.deepEqual(statuses, ['written', 'written'])
  })

  test('keeps null, empty and whole keys and values apart, for each way to make an empty buffer', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    const parts = [
      null,
      Buffer.alloc(0),
      Buffer.from(''),
      Buffer.alloc(8).subarray(4, 4),
      Buffer.from(new ArrayBuffer(0)),
      Buffer.from('x'),
    ]
    const pairs = parts.flatMap((key) => parts.map((value) => ({ key, value })))

    for (const pair of pairs) await write(producer, topic, pair)
    const { records } = await pool.read({
      topic,
      positions: allFrom(1),
      maxEvents: 100,
      maxBytes: 1e6,
      timeoutMs: 5_000,
    })

    assert.deepEqual(
      records.map(({ key, value }) => [key?.toString(), value?.toString()]),
      pairs.map(({ key, value }) => [key?.toString(), value?.toString()]),
    )
  })

  test('keeps headers: order, repeated, binary, empty and odd names', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    const headers = [
      { name: 'a', value: Buffer.from([0, 255, 128]) },
      { name: 'b', value: Buffer.alloc(0) },
      { name: 'a', value: Buffer.from('again') },
      { name: '__proto__', value: Buffer.from('plain') },
      { name: '0', value: Buffer.from('zero') },
      { name: '', value: Buffer.from('no name') },
      { name: 'ü€😀', value: Buffer.from('é') },
    ]

    await write(producer, topic, { headers })
    await write(producer, topic, { headers: [{ name: 'none', value: null }] })
    const { records } = await pool.read({ topic, positions: allFrom(1), maxEvents: 9, maxBytes: 1e6, timeoutMs: 5_000 })

    assert.deepEqual(records[0]?.headers, headers)
    assert.deepEqual(records[1]?.headers, [{ name: 'none', value: Buffer.alloc(0) }])
    assert.equal(records.length, 2)
  })

  test('writes a null header as null and an empty one as empty, as another client reads them', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const headers = [
      { name: 'none', value: null },
      { name: 'empty', value: Buffer.alloc(0) },
      { name: 'some', value: Buffer.from('some') },
    ]
    await write(producer, topic, { headers })
    const groupId = `kafka-room-${crypto.randomUUID()}`
    const consumer = new Consumer({ clientId: 'test', groupId, bootstrapBrokers: [bootstrapServers()] })
    t.after(() => consumer.close(true))

    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
    const seen: unknown[] = []
    for await (const message of stream) {
      for (const [name, value] of message.headers) seen.push([`${name}`, value?.toString() ?? null])
      break
    }

    assert.deepEqual(seen, [
      ['none', null],
      ['empty', ''],
      ['some', 'some'],
    ])
  })

  test('copies the record before send returns', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t)
    const pool = openPool(t)
    const value = Buffer.from('before')
    const key = Buffer.from('key')
    const header = Buffer.from('head')

    const delivered = write(producer, topic, { key, value, headers: [{ name: 'h', value: header }] })
    for (const buffer of [key, value, header]) buffer.fill('#')
    await delivered
    const { records } = await pool.read({ topic, positions: allFrom(1), maxEvents: 9, maxBytes: 1e6, timeoutMs: 5_000 })

    assert.equal(`${records[0]?.key} ${records[0]?.value} ${records[0]?.headers[0]?.value}`, 'key before head')
  })

  test('says where and when a record was written', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)

    await write(producer, topic, { partition: 2 })
    const delivery = await write(producer, topic, { partition: 2, timestamp: 1_700_000_000_000 })

    assert.deepEqual(delivery, { status: 'written', partition: 2, offset: 1, timestamp: 1_700_000_000_000 })
  })

  test('fails a record that is over the limit of its topic, and takes the next', async (t) => {
    const topic = await createTopic(t, { config: { 'max.message.bytes': '10000' } })
    const producer = await connectedProducer(t)

    const large = await send(producer, topic, { value: randomBytes(50_000) })
    const huge = await send(producer, topic, { value: Buffer.alloc(9_000_000) })
    const small = await send(producer, topic, { value: Buffer.alloc(100) })

    assert.deepEqual(large, { status: 'failed', code: 10, reason: 'Broker: Message size too large', tooLarge: true })
    assert.deepEqual(huge, large)
    assert.equal(small.status, 'written')
  })

  test('fails a partition that the topic does not have', async (t) => {
    const topic = await createTopic(t, { partitions: 2 })
    const producer = await connectedProducer(t)
    await write(producer, topic)

    const delivery = await send(producer, topic, { partition: 7 })

    assert.equal(delivery.status, 'failed')
  })

  test('leaves open what became of a record for a topic that it looked for in vain, and fails the next at once', async (t) => {
    const producer = await connectedProducer(t)
    const topic = `no-such-topic-${crypto.randomUUID()}`

    const first = await send(producer, topic)
    const next = await send(producer, topic)

    assert.deepEqual([first.status, next.status], ['unknown', 'failed'])
  })

  test('turns away what is over its limits, and counts down as Kafka confirms', async (t) => {
    const topic = await createTopic(t)
    const producer = await connectedProducer(t, testConfig(undefined, { inFlightEvents: 10, inFlightBytes: 1_000 }))
    const sent = Array.from({ length: 10 }, () => write(producer, topic, { value: Buffer.alloc(50) }))

    assert.throws(() => producer.assertAccepting(1, 1), isProblem('gateway-full'))
    await Promise.all(sent)
    producer.assertAccepting(10, 1_000)
    assert.throws(() => producer.assertAccepting(1, 1_001), isProblem('gateway-full'))
    assert.deepEqual([producer.inFlight.events, producer.inFlight.bytes, producer.inFlight.oldestAgeMs], [0, 0, 0])
  })

  test('starts without a broker: nothing is accepted, nothing is queued, and it stops in time', async (t) => {
    const health = new PartHealth('kafka')
    const producer = await startProducer(t, testConfig('127.0.0.1:1'), health)

    assert.throws(() => producer.assertAccepting(1, 1), isProblem('kafka-unavailable'))
    const delivery = await send(producer, 'any')
    const started = Date.now()
    await producer[Symbol.asyncDispose]()

    assert.equal(delivery.status, 'failed')
    assert.equal(health.current.state, 'starting')
    assert.ok(Date.now() - started < 8_000)
  })

  test('sends what it accepted before it is disposed', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)
    const statuses: string[] = []

    for (let i = 0; i < 5_000; i++) {
      producer.send(
        topic,
        { key: null, value: Buffer.from(`${i}`), timestamp: Date.now(), headers: [] },
        ({ status }) => statuses.push(status),
      )
    }
    await producer[Symbol.asyncDispose]()

    assert.equal(statuses.length, 5_000)
    assert.deepEqual(new Set(statuses), new Set(['written']))
  })
})

function isProblem(code: string) {
  return (error: unknown) =>
    error instanceof GatewayError && error.code === code && error.extras.retryAfterSeconds === 1
}
