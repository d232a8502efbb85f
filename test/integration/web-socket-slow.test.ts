import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { gatewayFor, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { range } from '../support/reading.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const eventsOfBatch = 50
const padding = 'x'.repeat(8_000)

/** A gateway with topics without schemas, and what it holds for one reader. */
async function slowRoom(t: TestContext, readerBytes: number, rule: string, count = 1) {
  const topics = range(0, count).map(() => uniqueName('slow'))
  const contracts = topics.map((topic) => `{ topic: ${topic}, schemaless: true, slowReaders: ${rule} }`)
  const gateway = await gatewayFor(t, { contracts, env: { HEADGATE_STREAM_READER_BYTES: String(readerBytes) } })
  for (const topic of topics) await createTopic(t, { name: topic })
  return { gateway, topics }
}

/** Events of 8 KiB, numbered. */
async function fill({ api }: TestGateway, topic: string, first: number, batches: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const events = range(first + batch * eventsOfBatch, eventsOfBatch).map((n) => ({ value: { n, padding } }))
    assert.equal((await api.post(`/v1/topics/${topic}/events/batch`, { events })).status, 201)
  }
}

/** Resolves when the gateway has given all of them to its readers: this one wants the last alone, and is never slow. */
async function fillForReaders(t: TestContext, gateway: TestGateway, topic: string, batches: number): Promise<void> {
  const last = batches * eventsOfBatch - 1
  const beside = await WebSocketClient.open(t, gateway, { query: { topics: topic, filter: `value.n == ${last}` } })
  await fill(gateway, topic, 0, batches)
  await beside.count(1)
}

const numbers = (client: WebSocketClient, topic: string): number[] =>
  client.events.filter(({ content }) => content.topic === topic).map(({ content }) => content.value.n)

suite('a WebSocket that is slower than its topics', () => {
  test('is closed by the rule of its topic, and its cursor goes on where it stopped', async (t) => {
    const { gateway, topics } = await slowRoom(t, 64 * 1024, 'disconnect')
    const [topic = ''] = topics
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topic } })
    client.webSocket.pause()

    await fillForReaders(t, gateway, topic, 30)
    client.webSocket.resume()
    const { content, cursor } = await client.until('closing')
    const resumed = await WebSocketClient.open(t, gateway, { query: { cursor } })
    await resumed.count(1_500 - client.events.length)

    assert.equal(content.code, 'reader-too-slow')
    assert.deepEqual(await client.ended(), { code: 1000, reason: 'reader-too-slow' })
    assert.deepEqual([...numbers(client, topic), ...numbers(resumed, topic)], range(0, 1_500))
  })

  test('goes by the rule of a topic that it subscribed to later', async (t) => {
    const { gateway, topics } = await slowRoom(t, 64 * 1024, 'drop-oldest')
    const [topic = ''] = topics
    const client = await WebSocketClient.open(t, gateway)
    await client.ask({ subscribe: { topics: [topic] } })
    client.webSocket.pause()

    await fillForReaders(t, gateway, topic, 30)
    client.webSocket.resume()
    await pollUntil(() => numbers(client, topic).at(-1) === 1_499)

    assert.ok(client.of('gap').some(({ content }) => content.reason === 'slow-reader'))
    assert.equal(client.isEnded, false)
  })

  test('may change its topics while messages wait for it: none is lost, and none comes after it has left', async (t) => {
    const { gateway, topics } = await slowRoom(t, 64 * 1024 * 1024, 'disconnect', 2)
    const [kept = '', left = ''] = topics
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topics.join(',') } })
    client.webSocket.pause()
    await fill(gateway, kept, 0, 20)
    await fill(gateway, left, 0, 20)

    const commands = [
      client.send({ pause: { topics: [kept] } }),
      client.send({ resume: { topics: [kept] } }),
      client.send({ unsubscribe: { topics: [left] } }),
    ]
    client.webSocket.resume()
    await pollUntil(() => client.replyTo(commands[2] ?? 0) !== undefined)
    await fill(gateway, kept, 1_000, 1)
    await fill(gateway, left, 1_000, 1)
    await pollUntil(() => numbers(client, kept).at(-1) === 1_049)

    const leftAt = client.received.findIndex((each) => 'reply' in each && each.reply.id === commands[2])
    const later = client.received.slice(leftAt).filter((each) => 'content' in each && each.content.topic === left)
    assert.deepEqual(numbers(client, kept), range(0, 1_050))
    assert.deepEqual(later, [])
    assert.deepEqual(numbers(client, left), range(0, numbers(client, left).length))
  })

  test('is not listened to before it reads: a command waits', async (t) => {
    const { gateway, topics } = await slowRoom(t, 64 * 1024 * 1024, 'disconnect')
    const [topic = ''] = topics
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topic } })
    client.webSocket.pause()
    await fillForReaders(t, gateway, topic, 30)

    const id = client.send({ publish: { topic, event: { value: { n: -1 } } } })
    await fill(gateway, topic, 1_500, 1)
    client.webSocket.resume()
    await pollUntil(() => client.replyTo(id) !== undefined)

    assert.ok(client.replyTo(id)?.outcome.offset >= 1_550)
  })
})
