import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import type { Delivery } from '../../../src/kafka/delivery-outcome.ts'
import { kafkaCodes } from '../../../src/kafka/native-client.ts'
import type { EncodedRecord, StoredRecord } from '../../../src/kafka/record.ts'
import { StateTopic, type StateTopicParts } from '../../../src/kafka/state-topic.ts'
import type { TakeRecords } from '../../../src/kafka/tail.ts'

const name = '_headgate.things'
const config = { 'cleanup.policy': 'compact' }
const unavailable = new GatewayError('kafka-unavailable', 'No broker is connected.')
const soon = () => Date.now() + 5_000
const atOnce = () => Date.now() + 20

/** Kafka as far as a topic of the gateway needs it; `records` is its log. */
function start(parts: Partial<StateTopicParts> = {}) {
  const kafka = {
    exists: true,
    isUp: true,
    created: [] as unknown[],
    followedFrom: [] as number[],
    lookedAt: [] as number[],
    delivery: undefined as Delivery | undefined,
    records: [] as StoredRecord[],
    taken: [] as string[],
    take: (() => assert.fail('nobody follows')) as TakeRecords,
    /** Hands on what was written from an offset on. */
    bring: (from = 0) => kafka.take(kafka.records.slice(from), new Map()),
  }
  const topic = new StateTopic({
    name,
    config,
    take: (key, value) => kafka.taken.push(`${key}=${value}`),
    admin: {
      async createTopic(topic) {
        kafka.created.push(topic)
        kafka.exists = true
      },
    },
    topics: {
      refresh: async () => (kafka.exists ? { name, id: 'id', partitions: 1 } : undefined),
      offsets: async () => [{ partition: 0, first: 0, last: 0 }],
      async offsetsAt(_name, _partitions, time) {
        kafka.lookedAt.push(Date.now() - time)
        return [{ partition: 0, offset: 7 }]
      },
    },
    producer: {
      assertAccepting() {
        if (!kafka.isUp) throw unavailable
      },
      send(topic, record: EncodedRecord, onDelivery) {
        const offset = kafka.records.length
        kafka.records.push({ topic, ...record, partition: 0, offset, bytes: 0 })
        onDelivery(kafka.delivery ?? { status: 'written', partition: 0, offset, timestamp: 0 })
      },
    },
    tail: {
      follow(_topic, from, take) {
        kafka.take = take
        kafka.followedFrom.push(from.get(0) as number)
        return {
          follow: (_partition, offset) => kafka.followedFrom.push(offset),
          hold() {},
          release() {},
          [Symbol.dispose]() {},
        }
      },
    },
    log: pino({ level: 'silent' }),
    ...parts,
  })
  return { kafka, topic }
}

suite("a topic of the gateway's own", () => {
  test('is created where it is not there, once for all who open it', async () => {
    const { kafka, topic } = start()
    kafka.exists = false

    await Promise.all([topic.open(soon()), topic.open(soon())])
    await topic.open(soon())

    assert.deepEqual(kafka.created, [{ name, partitions: 1, config }])
    assert.deepEqual(kafka.followedFrom, [0])
  })

  test('is read whole, or from some time ago on', async () => {
    const whole = start()
    await whole.topic.open(soon())
    const recent = start({ lookBackMs: 600_000 })
    await recent.topic.open(soon())

    assert.deepEqual(whole.kafka.followedFrom, [0])
    assert.deepEqual(recent.kafka.followedFrom, [7])
    const [back = 0] = recent.kafka.lookedAt
    assert.ok(back >= 600_000 && back < 605_000, `${back} ms`)
  })

  test('gives what is appended back in its order, and says when it has', async () => {
    const { kafka, topic } = start()
    await topic.open(soon())
    const first = (await topic.append('a', '1', soon())) as { offset: number }
    const second = (await topic.append('b', '2', soon())) as { offset: number }
    const seen: string[] = []
    const readBack = topic.readBack(second.offset, soon()).then((is) => seen.push(`${is} ${kafka.taken}`))

    kafka.bring(0)

    await readBack
    assert.deepEqual(seen, ['true a=1,b=2'])
    assert.equal(await topic.readBack(first.offset, atOnce()), true)
  })

  test('says when all that was there has been read, also where compaction left nothing at its end', async () => {
    const { kafka, topic } = start({
      topics: {
        refresh: async () => ({ name, id: 'id', partitions: 1 }),
        offsets: async () => [{ partition: 0, first: 0, last: 5 }],
        offsetsAt: async () => [],
      },
    })
    await topic.open(soon())
    const isRead = topic.readWhole(soon())
    for (let i = 0; i < 3; i++) await topic.append('a', String(i), soon())
    kafka.bring()
    assert.equal(await topic.readWhole(atOnce()), false)

    kafka.take([], new Map([[0, 5]]))

    assert.equal(await isRead, true)
    assert.equal(await topic.readWhole(atOnce()), true)
  })

  test('of which there is nothing has been read whole at once', async () => {
    const { topic } = start()
    await topic.open(soon())

    assert.equal(await topic.readWhole(atOnce()), true)
  })

  test('goes on where it was read to when it is opened again, and begins anew with another of its name', async () => {
    const now = { id: 'one', last: 3 }
    const { kafka, topic } = start({
      topics: {
        refresh: async () => ({ name, id: now.id, partitions: 1 }),
        offsets: async () => [{ partition: 0, first: 0, last: now.last }],
        offsetsAt: async () => [],
      },
    })
    const openAgain = async () => {
      assert.equal(await topic.readBack(1_000, atOnce()), false)
      await topic.open(soon())
    }
    await topic.open(soon())
    kafka.take([], new Map([[0, 3]]))
    now.last = 8
    await openAgain()
    kafka.take([], new Map([[0, 8]]))
    now.id = 'two'
    await openAgain()

    assert.deepEqual(kafka.followedFrom, [0, 3, 0])
  })

  test('says when what was appended is not read back in time, and then begins again', async () => {
    const { kafka, topic } = start()
    await topic.open(soon())
    await topic.append('a', '1', soon())

    assert.equal(await topic.readBack(0, atOnce()), false)
    await topic.open(soon())

    assert.deepEqual(kafka.followedFrom, [0, 0])
  })

  test('is not taken for the one of that name which was deleted', async () => {
    const { kafka, topic } = start()
    await topic.open(soon())
    for (let i = 0; i < 5; i++) await topic.append('old', String(i), soon())
    kafka.bring()
    kafka.records = []

    const appended = (await topic.append('new', '0', soon())) as { offset: number }

    assert.equal(appended.offset, 0)
    assert.equal(await topic.readBack(0, atOnce()), false)
  })

  test('is unavailable at once while Kafka is away', async () => {
    const { kafka, topic } = start()
    kafka.isUp = false

    await assert.rejects(topic.open(soon()), unavailable)
    await assert.rejects(topic.append('a', '1', soon()), unavailable)
  })

  test('is unavailable at the deadline, and opens for the next who comes', async () => {
    const answering = Promise.withResolvers<void>()
    const { topic } = start({
      topics: {
        refresh: async () => answering.promise.then(() => ({ name, id: 'id', partitions: 1 })),
        offsets: async () => [],
        offsetsAt: async () => [],
      },
    })

    await assert.rejects(topic.open(atOnce()), { code: 'kafka-unavailable' })
    answering.resolve()

    await topic.open(soon())
  })

  test('says what permission is missing to create it, and with which settings to do it by hand', async () => {
    const { kafka, topic } = start({
      admin: {
        createTopic: async () => {
          throw new GatewayError('kafka-rejected', 'Broker: Topic authorization failed')
        },
      },
    })
    kafka.exists = false

    await assert.rejects(topic.open(soon()), (error: GatewayError) => {
      assert.equal(error.code, 'state-unavailable')
      assert.match(error.message, /_headgate\.things.*Topic authorization failed.*CREATE, DESCRIBE, READ and WRITE/)
      assert.match(error.message, /one partition, cleanup\.policy=compact/)
      return true
    })
  })

  test('says what permission is missing to write to it', async () => {
    const { kafka, topic } = start()
    await topic.open(soon())
    kafka.delivery = { status: 'failed', code: kafkaCodes.ERR_TOPIC_AUTHORIZATION_FAILED, reason: 'not allowed' }

    await assert.rejects(topic.append('a', '1', soon()), { code: 'state-unavailable', message: /WRITE/ })
  })

  test('says what became of what was appended, also that it is not known', async () => {
    const { kafka, topic } = start()
    await topic.open(soon())
    const failed: Delivery = { status: 'failed', code: kafkaCodes.ERR_NOT_ENOUGH_REPLICAS, reason: 'too few' }
    kafka.delivery = failed
    assert.deepEqual(await topic.append('a', '1', soon()), failed)

    const silent = start({ producer: { assertAccepting() {}, send() {} } })
    assert.equal((await silent.topic.append('a', '1', atOnce())).status, 'unknown')
  })
})
