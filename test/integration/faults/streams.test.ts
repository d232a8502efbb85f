import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ensureTopic } from '../../../local/kafka.ts'
import { gatewayFor, uniqueName } from '../../support/gateway.ts'
import { createTopic } from '../../support/kafka.ts'
import { startOwnKafka, startOwnRegistry } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { openRawWriter } from '../../support/raw-records.ts'
import { numberSchema, publishNumbers, range } from '../../support/reading.ts'
import { registerSchema } from '../../support/schemas.ts'
import { streamNumbers as numbers, StreamClient } from '../../support/stream-client.ts'
import { Traffic } from '../../support/traffic.ts'

suite('streams while a part is away', () => {
  test('the registry: topics whose schemas are known go on; one that needs a new schema waits, alone, and goes on in order', async (t) => {
    await using registry = await startOwnRegistry()
    const [known, other] = [await createTopic(t), await createTopic(t)]
    for (const topic of [known, other]) await registerSchema(`${topic}-value`, numberSchema, registry.url)
    const env = {
      HEADGATE_REGISTRY_URL: registry.url,
      HEADGATE_REGISTRY_TIMEOUT_MS: '1000',
      HEADGATE_STREAM_HEARTBEAT_MS: '1000',
    }
    const gateway = await gatewayFor(t, { env })
    for (const topic of [known, other]) await publishNumbers(gateway.api, topic, 0, 1)
    const live = await StreamClient.open(t, gateway, { query: { topics: known } })
    const beside = await StreamClient.open(t, gateway, { query: { topics: other } })
    await registry.part.kill()

    await publishNumbers(gateway.api, known, 1, 1)
    await live.count(1)
    const raw = await openRawWriter(t)
    await raw.write(known, { value: Buffer.from([0, 0, 0, 0x99, 0x99, 2]) })
    await publishNumbers(gateway.api, known, 2, 2)
    await publishNumbers(gateway.api, other, 1, 1)
    await beside.count(1)
    const late = await StreamClient.open(t, gateway, { query: { topics: known, from: 'earliest' } })
    await late.until('heartbeat')
    await live.until('heartbeat')
    assert.deepEqual([numbers(live.events), numbers(beside.events)], [[1], [1]])
    await registry.part.restart()
    await Promise.all([live.count(3), late.count(4)])

    const said = (stream: StreamClient) =>
      stream.said
        .filter(({ kind }) => kind !== 'heartbeat')
        .map(({ content }) => content.error?.code ?? content.value.n)
    assert.deepEqual(said(live), [1, 'schema-unknown', 2, 3])
    assert.deepEqual(said(late), [0, 1, 'schema-unknown', 2, 3])
  })

  test('Kafka, killed and paused under live readers and readers of history: all goes on, each event once', async (t) => {
    await using kafka = await startOwnKafka()
    const topic = uniqueName('stream-faults')
    await ensureTopic(kafka.bootstrap, { topic, partitions: 3 })
    await registerSchema(`${topic}-value`, numberSchema)
    const env = { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap, HEADGATE_STREAM_HEARTBEAT_MS: '1000' }
    const gateway = await gatewayFor(t, { env })
    const traffic = new Traffic(gateway.api, topic, { clients: 4 })
    await pollUntil(() => traffic.count(201) > 20)
    const live = await StreamClient.open(t, gateway, { query: { topics: topic, from: 'earliest' } })
    await live.count(10)

    await kafka.part.kill()
    await live.until('heartbeat')
    await kafka.part.restart()
    const before = traffic.count(201)
    await pollUntil(() => traffic.count(201) > before + 50, 40_000)
    kafka.part.pause()
    await pollUntil(() => traffic.count(503) + traffic.count(504) > 0)
    kafka.part.resume()
    const paused = traffic.count(201)
    await pollUntil(() => traffic.count(201) > paused + 50, 40_000)
    const late = await StreamClient.open(t, gateway, { query: { topics: topic, from: 'earliest' } })
    const told = await traffic.stop()
    const certain = told.filter(({ status }) => status === 201).map(({ n }) => n)
    for (const stream of [live, late]) {
      await pollUntil(() => {
        const got = new Set(numbers(stream.events))
        return certain.every((n) => got.has(n))
      }, 30_000)
    }

    for (const stream of [live, late]) {
      assert.deepEqual(
        stream.said.filter(({ kind }) => kind !== 'event'),
        [],
      )
      for (const partition of range(0, 3)) {
        const offsets = stream.events
          .filter(({ content }) => content.partition === partition)
          .map(({ content }) => content.offset)
        assert.deepEqual(offsets, range(0, offsets.length), 'each offset once, in order')
      }
    }
    t.diagnostic(`${certain.length} of ${told.length} events acknowledged; ${live.events.length} read`)
  })
})
