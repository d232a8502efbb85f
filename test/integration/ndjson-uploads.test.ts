import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Api } from '../support/api.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { LineClient } from '../support/line-client.ts'
import { MemoryWatch } from '../support/memory-watch.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema, range } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { storedNumbers } from '../support/stored-numbers.ts'
import { LineStream, linesOf, withoutProgress } from '../support/stream-lines.ts'
import { issueToken } from '../support/tokens.ts'

const count = 300_000
// All lines together are far more than what a gateway may grow by.
const pad = 900
const mostGrownMiB = 160
const lineBytes = pad + 30
const all = { read: count, published: count, refused: 0, withheld: 0, failed: 0, unknown: 0 }
const paddedSchema = { ...numberSchema, fields: [...numberSchema.fields, { name: 'pad', type: 'string' }] }

suite('300,000 lines from a client that reads nothing before it has sent them all', () => {
  let gateway: GatewayProcess
  let url: string
  let token: string
  let api: Api
  before(async () => {
    gateway = new GatewayProcess(gatewayEnvironment())
    url = await gateway.listening()
    token = await issueToken(['publish', 'read'])
    api = new Api(url, token)
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    // The first requests of a process are what makes it grow.
    const topic = await paddedTopic()
    await using client = new LineClient(pathOf(topic), token, { count: 100_000, pad })
    await client.answer()
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function paddedTopic(): Promise<string> {
    const topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, paddedSchema)
    return topic
  }
  const pathOf = (topic: string, query = '') => `${url}/v1/topics/${topic}/events${query}`

  test('are all published and summed up, with the memory of the gateway bounded', async (t) => {
    const topic = await paddedTopic()
    await using memory = await MemoryWatch.start(api)
    await using client = new LineClient(pathOf(topic), token, { count, pad })

    const lines = withoutProgress(await client.answer())

    t.diagnostic(`grown by ${memory.grownMiB} MiB for ${Math.round((count * lineBytes) / 2 ** 20)} MiB`)
    assert.deepEqual(lines, [{ summary: all }])
    assert.ok(memory.grownMiB < mostGrownMiB, `${memory.grownMiB} MiB`)
    assert.deepEqual(await storedNumbers(topic, { schema: paddedSchema }), range(0, count))
  })

  test('are all published, too, where it never reads at all', async () => {
    const topic = await paddedTopic()
    await using client = new LineClient(pathOf(topic), token, { count, pad, waits: true })
    await client.sent()

    await pollUntil(async () => nextOffset(topic), 60_000)
    await client[Symbol.asyncDispose]()

    assert.deepEqual(await storedNumbers(topic, { schema: paddedSchema }), range(0, count))
  })

  test('with outcomes=all end when 8 MiB of answer wait: what was acknowledged is there, and memory is bounded', async (t) => {
    const topic = await paddedTopic()
    await using memory = await MemoryWatch.start(api)
    await using client = new LineClient(pathOf(topic, '?outcomes=all'), token, { count, pad, waits: true })
    await client.sent()

    const lines = withoutProgress(await client.answer())

    t.diagnostic(`grown by ${memory.grownMiB} MiB, ended after line ${lines.length - 1}`)
    const ended = lines.at(-1)?.ended
    assert.equal(ended?.code, 'answer-not-read')
    assert.equal(ended?.lastLine, lines.length - 1)
    assert.ok(lines.every(({ outcome }, index) => outcome === 'published' || index === lines.length - 1))
    assert.ok(lines.length > 50_000 && lines.length < count, String(lines.length))
    assert.ok(memory.grownMiB < mostGrownMiB, `${memory.grownMiB} MiB`)
    assert.deepEqual(await storedNumbers(topic, { schema: paddedSchema }), range(0, lines.length - 1))
  })

  const nextOffset = async (topic: string): Promise<boolean> =>
    (await api.get(`/v1/topics/${topic}`)).body.partitions[0].nextOffset === count
})

suite('a gateway that stops in the middle of lines', () => {
  test('ends the request with a line that says so, when all that it took has its outcome', async () => {
    const topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, numberSchema)
    await using gateway = new GatewayProcess(gatewayEnvironment())
    const url = await gateway.listening()
    const token = await issueToken(['publish', 'read'])
    const api = new Api(url, token)
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    const stream = new LineStream(url, topic, { token, query: '?outcomes=all' })
    const isEnded = () => stream.lines.some(({ ended }) => ended)
    let sent = 0
    const sending = (async () => {
      for (; !isEnded() && !stream.request.destroyed; sent += 1_000) {
        await stream.write(linesOf(sent, 1_000))
        await stream.answered((lines) => isEnded() || lines.length > sent, 20_000)
      }
      stream.request.end()
    })()
    await stream.answered((lines) => lines.length > 5_000)
    const stoppedAt = performance.now()

    gateway.signal('SIGTERM')
    const lines = withoutProgress(await stream.rest())
    await sending
    const { code } = await gateway.exit
    const stopMs = performance.now() - stoppedAt

    const ended = lines.at(-1)?.ended
    assert.equal(ended?.code, 'gateway-stopping')
    assert.equal(ended?.lastLine, lines.length - 1)
    assert.ok(lines.length - 1 <= sent + 1_000)
    assert.deepEqual(await storedNumbers(topic), range(0, lines.length - 1))
    assert.equal(code, 0, gateway.stderr)
    assert.ok(stopMs < 10_000, `${stopMs} ms`)
  })
})
