import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { gatewayFor, startGateway } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { streamNumbers as numbers, StreamClient } from '../support/stream-client.ts'
import { issueToken } from '../support/tokens.ts'

const types = ['text/event-stream', 'application/x-ndjson'] as const

suite('the life of a stream', () => {
  test('a quiet stream says so, with a cursor that has moved past what the filter left out', async (t) => {
    const gateway = await gatewayFor(t, { env: { HEADGATE_STREAM_HEARTBEAT_MS: '1000' } })
    const topic = await numberTopic(t)
    const query = { topics: topic, filter: 'value.n > 100' }
    const streams = await Promise.all(types.map((type) => StreamClient.open(t, gateway, { type, query })))
    await publishNumbers(gateway.api, topic, 0, 5)

    for (const stream of streams) {
      const before = stream.of('heartbeat').length
      await pollUntil(() => stream.of('heartbeat').length >= before + 2)
      assert.deepEqual(stream.events, [])
      const resumed = await StreamClient.open(t, gateway, { query: { cursor: stream.cursor } })
      await publishNumbers(gateway.api, topic, 7, 1)
      await resumed.count(1)
      assert.deepEqual(numbers(resumed.events), [7])
    }
  })

  test('one that begins at the end has a cursor before anything comes', async (t) => {
    const gateway = await gatewayFor(t)
    const topic = await numberTopic(t)
    for (const type of types) {
      const stream = await StreamClient.open(t, gateway, { type, query: { topics: topic } })
      const { cursor } = await stream.until('heartbeat')
      await stream.close()
      await publishNumbers(gateway.api, topic, 1, 1)
      const resumed = await StreamClient.open(t, gateway, { type, query: { topics: topic, cursor } })
      await resumed.count(1)
      assert.deepEqual(numbers(resumed.events), [1])
    }
  })

  test('browsers are told when to reconnect, each another time within the setting', async (t) => {
    const gateway = await gatewayFor(t, { env: { HEADGATE_STREAM_RETRY_MS: '2000' } })
    const topic = await numberTopic(t)
    const times: number[] = []
    for (let i = 0; i < 8; i++) {
      const response = await fetch(`${gateway.url}/v1/stream?topics=${topic}`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${await issueToken(['read'])}` },
      })
      const reader = (response.body as ReadableStream<Uint8Array>).getReader()
      const { value } = await reader.read()
      times.push(Number(/^retry: (\d+)\n\n/.exec(Buffer.from(value ?? []).toString())?.[1]))
      await reader.cancel()
    }

    assert.ok(
      times.every((ms) => ms >= 400 && ms <= 2000),
      String(times),
    )
    assert.ok(new Set(times).size > 1)
  })

  test('one that is old is closed with its cursor, at another age each', async (t) => {
    const gateway = await gatewayFor(t, { env: { HEADGATE_STREAM_MAXIMUM_AGE_MS: '2000' } })
    const topic = await numberTopic(t)
    for (const type of types) {
      const stream = await StreamClient.open(t, gateway, { type, query: { topics: topic } })
      await publishNumbers(gateway.api, topic, 0, 1)
      const { content, cursor } = await stream.until('closing')
      await stream.ended
      await publishNumbers(gateway.api, topic, 1, 1)
      const resumed = await StreamClient.open(t, gateway, { type, query: { topics: topic, cursor } })
      await resumed.count(1)

      assert.equal(content.code, 'stream-age-reached')
      assert.equal(stream.messages.at(-1)?.kind, 'closing')
      assert.deepEqual(numbers(stream.events), [0])
      assert.deepEqual(numbers(resumed.events), [1])
    }
  })

  test('credentials that expire are challenged before, and end it at their time', async (t) => {
    const gateway = await gatewayFor(t, { env: { HEADGATE_AUTH_LEEWAY_SECONDS: '0' } })
    const topic = await numberTopic(t)
    const token = await issueToken(['read'], 4)
    const openedAt = Date.now()
    const stream = await StreamClient.open(t, gateway, { query: { topics: topic }, token })
    const challenge = await stream.until('challenge')
    await publishNumbers(gateway.api, topic, 0, 1)
    const closing = await stream.until('closing')

    assert.equal(challenge.content.code, 'token-invalid')
    const expiresAt = Date.parse(challenge.content.expiresAt)
    assert.ok(expiresAt > openedAt && expiresAt <= openedAt + 5_000, challenge.content.expiresAt)
    assert.equal(closing.content.code, 'token-invalid')
    assert.deepEqual(
      stream.said.map(({ kind }) => kind),
      ['challenge', 'event', 'closing'],
    )
    const again = await gateway.api.get(`/v1/stream?cursor=${closing.cursor}`, { token })
    assert.equal(again.status, 401)
  })

  test('when the replica stops each stream is told so, and ends; another replica goes on', async (t) => {
    const gateway = await startGateway()
    const other = await gatewayFor(t)
    const topic = await numberTopic(t)
    const streams = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        StreamClient.open(t, gateway, { type: types[index % 2] ?? 'text/event-stream', query: { topics: topic } }),
      ),
    )
    await publishNumbers(gateway.api, topic, 0, 1)
    await Promise.all(streams.map((stream) => stream.count(1)))

    const startedAt = performance.now()
    await gateway[Symbol.asyncDispose]()
    await Promise.all(streams.map((stream) => stream.ended))
    const tookMs = performance.now() - startedAt

    for (const stream of streams) assert.equal(stream.messages.at(-1)?.content.code, 'gateway-stopping')
    assert.ok(tookMs < 10_000, `${tookMs} ms`)
    await publishNumbers(other.api, topic, 1, 1)
    const resumed = await StreamClient.open(t, other, { query: { cursor: streams[0]?.cursor ?? '' } })
    await resumed.count(1)
    assert.deepEqual(numbers(resumed.events), [1])
  })

  test('beyond the most streams one more is turned away, until another has gone', async (t) => {
    const gateway = await gatewayFor(t, { env: { HEADGATE_STREAM_READERS: '2' } })
    const topic = await numberTopic(t)
    const [first] = await Promise.all([1, 2].map(() => StreamClient.open(t, gateway, { query: { topics: topic } })))

    const answer = await gateway.api.get(`/v1/stream?topics=${topic}`)
    assert.deepEqual([answer.status, answer.body.code], [503, 'gateway-full'])
    assert.ok(answer.headers.get('retry-after'))
    await first?.close()
    await pollUntil(async () => {
      const stream = await StreamClient.open(t, gateway, { query: { topics: topic } }).catch(() => undefined)
      return stream !== undefined
    })
  })

  test('one consumer follows all topics of all streams, and a while after the last stream only what is the gateway’s own', async (t) => {
    const gateway = await gatewayFor(t, { env: { HEADGATE_STREAM_TAIL_QUIET_MS: '300' } })
    const gauge = async (name: string) => {
      const { text } = await gateway.api.get('/metrics')
      return Number(new RegExp(`^headgate_${name} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const readings = async () => [
      await gauge('streams_open'),
      await gauge('topics_followed'),
      await gauge('kafka_tails'),
    ]
    const topics = [await numberTopic(t), await numberTopic(t, { partitions: 3 })]
    const open = (index: number) =>
      StreamClient.open(t, gateway, {
        query: { topics: index % 3 === 0 ? topics.join(',') : (topics[index % 2] ?? '') },
      })
    const streams = await Promise.all(Array.from({ length: 30 }, (_, index) => open(index)))

    assert.deepEqual(await readings(), [30, 2, 1])
    await Promise.all(streams.map((stream) => stream.close()))
    await pollUntil(async () => isDeepStrictEqual(await readings(), [0, 0, 1]))
  })

  test('history is read no faster than the setting says', async (t) => {
    const bytesPerSecond = 400_000
    const gateway = await gatewayFor(t, {
      env: { HEADGATE_STREAM_CATCH_UP_BYTES_PER_SECOND: String(bytesPerSecond) },
    })
    const topic = await numberTopic(t)
    for (let n = 0; n < 4_000; n += 1_000) await publishNumbers(gateway.api, topic, n, 1_000)

    const startedAt = performance.now()
    const stream = await StreamClient.open(t, gateway, { query: { topics: topic, from: 'earliest' } })
    await stream.count(4_000, 60_000)
    const seconds = (performance.now() - startedAt) / 1000

    // A record counts for 6 bytes and 512 that it takes while it is held; the last page is not waited for.
    const leastSeconds = (3_000 * 518) / bytesPerSecond
    assert.ok(seconds > leastSeconds * 0.9, `${seconds} s, at least ${leastSeconds} s`)
  })

  test('HEAD answers the headers, and opens no stream', async (t) => {
    const gateway = await gatewayFor(t)
    const topic = await numberTopic(t)

    const headers = { authorization: `Bearer ${await issueToken(['read'])}`, accept: 'text/event-stream' }
    const answer = await fetch(`${gateway.url}/v1/stream?topics=${topic}`, { method: 'HEAD', headers })

    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  })
})
