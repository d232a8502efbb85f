import assert from 'node:assert/strict'
import { before, suite, type TestContext, test } from 'node:test'
import { TcpProxy } from '../../faults/tcp-proxy.ts'
import { findFreePorts } from '../../local/ports.ts'
import { type ForeignMessage, foreignReaders } from '../support/foreign-readers.ts'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { largeEvents, type OddEvent, oddEvents, oddSchema } from '../support/odd-events.ts'
import { pollUntil } from '../support/poll.ts'
import { openRawWriter } from '../support/raw-records.ts'
import { registerSchema } from '../support/schemas.ts'
import { StreamClient } from '../support/stream-client.ts'
import { issueToken } from '../support/tokens.ts'

interface Expected {
  type: string
  key: string | null
  value?: unknown
}

const partitions = 2

suite('a foreign parser of a stream of Server-Sent Events', { timeout: 120_000 }, () => {
  let token: string
  before(async () => {
    token = await issueToken(['read'])
  })

  for (const [name, read] of Object.entries(foreignReaders)) {
    test(`${name} gets the whole topic, once, through a heartbeat's id, cuts, and a restart`, async (t) => {
      const topic = await oddTopic(t)
      const other = await gatewayFor(t)
      const expected = new ExpectedTopic(t, other, topic)
      const [port = 0, proxyPort = 0] = await findFreePorts(2)
      let gateway = await start(port)
      t.after(() => gateway[Symbol.asyncDispose]())
      const proxy = await TcpProxy.listen(proxyPort, port)
      t.after(() => proxy[Symbol.asyncDispose]())

      const received = await read(t, `http://127.0.0.1:${proxyPort}/v1/stream?topics=${topic}`, token)
      await pollUntil(() => received.openings === 1)
      await heartbeats(t, gateway, topic, 2)

      proxy.state = 'closed'
      await expected.publish(oddEvents)
      proxy.state = 'open'
      await pollUntil(() => received.messages.length >= expected.count)

      const first = received.messages.length
      const publishing = expected.publish(largeEvents(16))
      await pollUntil(() => received.messages.length > first + 2)
      proxy.cut()
      await publishing
      await expected.writeUndecodable()
      await expected.publish(oddEvents.toReversed())
      await pollUntil(() => received.messages.length >= expected.count)

      await gateway[Symbol.asyncDispose]()
      await pollUntil(() => received.messages.at(-1)?.type === 'closing')
      proxy.state = 'closed'
      gateway = await start(port)
      await expected.publish([...oddEvents, ...largeEvents(2)])
      proxy.state = 'open'
      await pollUntil(() => received.messages.length > expected.count)

      const ended = received.messages.filter(({ type }) => type === 'closing')
      assert.deepEqual(
        ended.map(({ data }) => JSON.parse(data).code),
        ['gateway-stopping'],
      )
      const records = received.messages.filter(({ type }) => type !== 'closing')
      assert.deepEqual(byPartition(records), expected.byPartition)
      for (const { id } of received.messages) assert.match(id, /^[A-Za-z0-9_-]+$/)
      assert.equal(new Set(records.map(({ id }) => id)).size, records.length)
      assert.ok(received.openings >= 4, `${received.openings} openings`)
    })
  }
})

const start = (port: number): Promise<TestGateway> =>
  startGateway({
    env: {
      HEADGATE_HTTP_PORT: String(port),
      HEADGATE_STREAM_HEARTBEAT_MS: '200',
      HEADGATE_STREAM_RETRY_MS: '250',
    },
  })

async function oddTopic(t: TestContext): Promise<string> {
  const topic = await createTopic(t, { partitions })
  await registerSchema(`${topic}-value`, oddSchema)
  return topic
}

/** Heartbeats of a stream of our own, beside which one that is as old gets its own. */
async function heartbeats(t: TestContext, gateway: TestGateway, topic: string, count: number): Promise<void> {
  const stream = await StreamClient.open(t, gateway, { query: { topics: topic } })
  await pollUntil(() => stream.of('heartbeat').length >= count)
  await stream.close()
}

/** What the topic has, by what was written to it. */
class ExpectedTopic {
  readonly byPartition: Expected[][] = Array.from({ length: partitions }, () => [])
  readonly #t: TestContext
  readonly #gateway: TestGateway
  readonly #topic: string

  constructor(t: TestContext, gateway: TestGateway, topic: string) {
    this.#t = t
    this.#gateway = gateway
    this.#topic = topic
  }

  get count(): number {
    return this.byPartition.reduce((sum, { length }) => sum + length, 0)
  }

  async publish(events: readonly OddEvent[]): Promise<void> {
    for (const [index, { key, value }] of events.entries()) {
      const partition = index % partitions
      const body = { events: [{ ...(key !== null && { key }), value, partition }] }
      const answer = await this.#gateway.api.post(`/v1/topics/${this.#topic}/events/batch`, body)
      assert.equal(answer.status, 201, answer.text)
      this.#expect(partition, { type: value === null ? 'tombstone' : 'message', key, value })
    }
  }

  async writeUndecodable(): Promise<void> {
    const writer = await openRawWriter(this.#t)
    await writer.write(this.#topic, { key: Buffer.from('bad'), value: Buffer.from('data: no Avro\n\n') })
    this.#expect(0, { type: 'undecodable', key: 'bad' })
  }

  #expect(partition: number, expected: Expected): void {
    this.byPartition[partition]?.push(expected)
  }
}

/** In the order in which they came, each at the offset that its place says. */
function byPartition(messages: readonly ForeignMessage[]): Expected[][] {
  const all: Expected[][] = Array.from({ length: partitions }, () => [])
  for (const { type, data } of messages) {
    const { partition, offset, key, value, error } = JSON.parse(data)
    const own = all[partition] ?? assert.fail(data)
    assert.equal(offset, own.length, `what came at this place of partition ${partition}: ${data.slice(0, 200)}`)
    assert.equal(error !== undefined, type === 'undecodable')
    own.push({ type, key, ...(error === undefined && { value }) })
  }
  return all
}
