import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { KafkaAdmin } from '../../../src/kafka/kafka-admin.ts'
import { TopicLimits } from '../../../src/kafka/topic-limits.ts'
import { createTopic, deleteRecords, recreateTopic } from '../../support/kafka.ts'
import { pollUntil } from '../../support/poll.ts'
import { connectedProducer, kafkaLog, openCatalog, settingsFor, write } from './room.ts'

const isProblem = (code: string) => (error: unknown) => error instanceof GatewayError && error.code === code

suite('TopicCatalog', () => {
  test('finds a topic with its id and partitions, from memory the second time', async (t) => {
    const topic = await createTopic(t, { partitions: 7 })
    const catalog = openCatalog(t)

    const found = await catalog.find(topic)

    assert.equal(found?.name, topic)
    assert.equal(found?.partitions, 7)
    assert.match(found?.id ?? '', /^[A-Za-z0-9+/]{22}$/)
    assert.equal(catalog.find(topic), found)
  })

  test('a topic that is not there is undefined, from memory for a moment', async (t) => {
    const catalog = openCatalog(t)
    const absent = `no-such-topic-${crypto.randomUUID()}`

    assert.equal(await catalog.find(absent), undefined)
    assert.equal(catalog.find(absent), undefined)
  })

  test('a recreated topic has another id', async (t) => {
    const topic = await createTopic(t)
    const catalog = openCatalog(t)
    const before = await catalog.find(topic)

    await recreateTopic(topic)
    await pollUntil(async () => (await catalog.refresh(topic)) !== undefined)
    const after = await catalog.find(topic)

    assert.ok(before && after)
    assert.notEqual(after.id, before.id)
  })

  test('lists topics', async (t) => {
    const topic = await createTopic(t)
    const catalog = openCatalog(t)

    assert.ok((await catalog.list()).includes(topic))
  })

  test('gives first and last offsets, and those at a time', async (t) => {
    const topic = await createTopic(t, { partitions: 3 })
    const producer = await connectedProducer(t)
    const catalog = openCatalog(t)
    for (let i = 0; i < 6; i++)
      await write(producer, topic, { partition: i % 2, timestamp: 1_700_000_000_000 + i * 1_000 })
    await deleteRecords(topic, 0, 1)

    assert.deepEqual(await catalog.offsets(topic, [0, 1, 2]), [
      { partition: 0, first: 1, last: 3 },
      { partition: 1, first: 0, last: 3 },
      { partition: 2, first: 0, last: 0 },
    ])
    assert.deepEqual(await catalog.offsetsAt(topic, [0, 1, 2], 1_700_000_003_500), [
      { partition: 0, offset: 2 },
      { partition: 1, offset: 2 },
      { partition: 2, offset: 0 },
    ])
    assert.deepEqual(await catalog.offsetsAt(topic, [0, 1], 1_800_000_000_000), [
      { partition: 0, offset: 3 },
      { partition: 1, offset: 3 },
    ])
    assert.deepEqual(await catalog.offsets(topic, []), [])
  })

  test('names what does not exist when it is asked for offsets', async (t) => {
    const topic = await createTopic(t)
    const catalog = openCatalog(t)

    await assert.rejects(catalog.offsets(topic, [0, 9]), isProblem('partition-not-found'))
    await assert.rejects(catalog.offsets(`no-such-topic-${crypto.randomUUID()}`, [0]), isProblem('topic-not-found'))
  })

  test('without a broker every question ends in time as kafka-unavailable', async (t) => {
    const admin = new KafkaAdmin(settingsFor('127.0.0.1:1').admin, kafkaLog, 600)
    t.after(() => admin[Symbol.dispose]())
    const started = Date.now()

    const asked = [
      ...Array.from({ length: 6 }, () => admin.describeTopic('any')),
      admin.listTopics(),
      admin.listOffsets('any', [0], -1),
    ]
    for (const result of await Promise.allSettled(asked)) {
      assert.equal(result.status, 'rejected')
      assert.equal(result.reason.code, 'kafka-unavailable')
    }

    assert.ok(Date.now() - started < 2_000)
  })
})

suite('TopicLimits', () => {
  test("knows a topic's own limit", async (t) => {
    const topic = await createTopic(t, { config: { 'max.message.bytes': '12345' } })
    const limits = new TopicLimits(settingsFor().admin)
    t.after(() => limits[Symbol.asyncDispose]())

    assert.equal(await limits.maxMessageBytes(topic), 12_345)
  })

  test('is undefined for a topic that does not exist, and without a broker in time', async (t) => {
    const limits = new TopicLimits(settingsFor().admin)
    const away = new TopicLimits(settingsFor('127.0.0.1:1').admin)
    t.after(() => Promise.all([limits, away].map((each) => each[Symbol.asyncDispose]())))
    const started = Date.now()

    assert.equal(await limits.maxMessageBytes(`no-such-topic-${crypto.randomUUID()}`), undefined)
    assert.equal(await away.maxMessageBytes('any'), undefined)
    assert.ok(Date.now() - started < 5_000)
  })
})
