import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ensureTopic } from '../../local/kafka.ts'
import { gatewayFor, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { startOwnKafka } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema, numbersOf, numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

suite('publishing over a WebSocket', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('gives each event its outcome, and a reader of the same connection gets it', async (t) => {
    const topic = await numberTopic(t)
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topic } })

    const { outcome } = await client.ask({
      publish: {
        topic,
        event: { value: { n: 7 }, key: 'k', headers: { a: ['1', '2'] }, timestamp: 1_700_000_000_000 },
      },
    })
    const [event] = await client.count(1)

    assert.deepEqual(outcome, { outcome: 'published', partition: 0, offset: 0, timestamp: '2023-11-14T22:13:20.000Z' })
    const { key, headers, value, offset, timestamp } = event?.content ?? {}
    assert.deepEqual(
      { key, headers, value, offset, timestamp },
      { key: 'k', headers: { a: ['1', '2'] }, value: { n: 7 }, offset: 0, timestamp: outcome.timestamp },
    )
  })

  test('refuses an event that breaks its contract with every violation, and writes nothing', async (t) => {
    const topic = await numberTopic(t)
    const client = await WebSocketClient.open(t, gateway)

    const { outcome } = await client.ask({ publish: { topic, event: { value: { n: 'seven', m: 1 } } } })

    assert.equal(outcome.outcome, 'refused')
    assert.deepEqual(outcome.violations.map(({ pointer }: { pointer: string }) => pointer).sort(), ['/m', '/n'])
    assert.deepEqual((await readPage(gateway.api, topic)).events, [])
  })

  test('refuses an event that is too large, and the connection goes on', async (t) => {
    const small = await gatewayFor(t, { env: { HEADGATE_LIMITS_EVENT_BYTES: '1000' } })
    const topic = await numberTopic(t)
    const client = await WebSocketClient.open(t, small)

    const { outcome } = await client.ask({ publish: { topic, event: { value: { n: 1, padding: 'x'.repeat(2_000) } } } })
    const next = await client.ask({ publish: { topic, event: { value: { n: 1 } } } })

    assert.equal(outcome.violations[0].code, 'event-too-large')
    assert.equal(next.outcome.outcome, 'published')
  })

  test('needs the scope for each topic', async (t) => {
    const [own, foreign] = [await numberTopic(t), await numberTopic(t)]
    const client = await WebSocketClient.open(t, gateway, {
      token: await issueToken([`publish:${own}`, `read:${foreign}`]),
    })

    const allowed = await client.ask({ publish: { topic: own, event: { value: { n: 1 } } } })
    const refused = await client.ask({ publish: { topic: foreign, event: { value: { n: 1 } } } })

    assert.equal(allowed.outcome.outcome, 'published')
    assert.equal(refused.problem.code, 'scope-missing')
  })

  test('keeps the order of what was sent without waiting, from the first event to an unknown topic on', async (t) => {
    const topic = await numberTopic(t)
    const fresh = await gatewayFor(t)
    const client = await WebSocketClient.open(t, fresh)

    const ids = range(0, 3_000).map((n) => client.send({ publish: { topic, event: { value: { n }, partition: 0 } } }))
    await pollUntil(() => client.replyTo(ids.at(-1) ?? 0) !== undefined)
    await pollUntil(() => client.replies.length === ids.length)

    const offsets = ids.map((id) => client.replyTo(id)?.outcome.offset)
    assert.deepEqual(offsets, range(0, 3_000))
    assert.deepEqual(numbersOf(await readPage(gateway.api, topic, { limit: 3_000 })), range(0, 3_000))
  })

  test('goes on as outcomes come where more is sent than may be open at once', async (t) => {
    const narrow = await gatewayFor(t, { env: { HEADGATE_PUBLISH_STREAM_EVENTS: '3' } })
    const topic = await numberTopic(t)
    const client = await WebSocketClient.open(t, narrow)

    const ids = range(0, 300).map((n) => client.send({ publish: { topic, event: { value: { n } } } }))
    await pollUntil(() => client.replies.length === ids.length)

    assert.deepEqual(
      ids.map((id) => client.replyTo(id)?.outcome.offset),
      range(0, 300),
    )
  })

  test('a client that sends and does not read is not listened to, and gets every reply once it reads', async (t) => {
    const client = await WebSocketClient.open(t, gateway)
    client.webSocket.pause()

    const ids = range(0, 30_000).map(() => client.send({ pause: { topics: ['not-read'] } }))
    await publishNumbers(gateway.api, await numberTopic(t), 0, 1)
    client.webSocket.resume()
    await pollUntil(() => client.replies.length === ids.length)

    assert.deepEqual(
      client.replies.map(({ id }) => id),
      ids,
    )
  })

  test('what Kafka does not confirm is unknown; a stream that ends meanwhile says so before it closes', async (t) => {
    await using kafka = await startOwnKafka()
    const topic = uniqueName('stalled')
    await ensureTopic(kafka.bootstrap, { topic, partitions: 1 })
    await registerSchema(`${topic}-value`, numberSchema)
    await using stalled = await startGateway({
      env: {
        HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
        HEADGATE_PUBLISH_DEADLINE_MS: '3000',
        HEADGATE_PUBLISH_STALLED_AFTER_MS: '60000',
        HEADGATE_AUTH_LEEWAY_SECONDS: '0',
      },
    })
    const client = await WebSocketClient.open(t, stalled, { token: await issueToken(['publish'], 6) })
    const first = await client.ask({ publish: { topic, event: { value: { n: 0 } } } })
    const expiresAt = Date.parse((await client.until('challenge')).content.expiresAt)

    kafka.part.pause()
    await pollUntil(() => Date.now() > expiresAt - 700)
    const reply = await client.ask({ publish: { topic, event: { value: { n: 1 } } } })
    const end = await client.ended()
    kafka.part.resume()

    assert.equal(first.outcome.outcome, 'published')
    assert.deepEqual([reply.outcome.outcome, reply.outcome.retryable], ['unknown', false])
    assert.deepEqual(end, { code: 1008, reason: 'token-invalid' })
    assert.deepEqual(
      client.received.slice(-2).map(({ kind }) => kind),
      ['reply', 'closing'],
    )
  })
})
