import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, range } from '../support/reading.ts'
import { storedNumbers } from '../support/stored-numbers.ts'
import { LineStream, linesOf, withoutProgress } from '../support/stream-lines.ts'
import { issueToken } from '../support/tokens.ts'

const all = { query: '?outcomes=all' }
const bodyTimeoutMs = 1_500
// Their answers are far more than what sockets hold, some 10 MiB, and publish.streamAnswerBytes.
const refusals = 150_000

suite('a request of lines that does not come to its end', () => {
  let gateway: TestGateway
  let token: string
  before(async () => {
    gateway = await startGateway({
      env: {
        HEADGATE_HTTP_BODY_TIMEOUT_MS: String(bodyTimeoutMs),
        HEADGATE_PUBLISH_STREAM_ANSWER_BYTES: String(2 ** 20),
      },
    })
    token = await issueToken(['publish'])
  })
  after(() => gateway[Symbol.asyncDispose]())

  const open = (topic: string, options: { query?: string; headers?: Record<string, string> } = {}) =>
    new LineStream(gateway.url, topic, { token, ...options })
  const metric = async (pattern: RegExp): Promise<number> =>
    Number(pattern.exec((await gateway.api.get('/metrics')).text)?.[1] ?? 0)
  const cutRequests = () => metric(/operation="publishEvent",status="499"\} (\d+)/)

  test('is ended when no byte came for http.bodyTimeoutMs: what came before is written, and named', async (t) => {
    const topic = await numberTopic(t)
    const stream = open(topic, all)
    await stream.write(`${linesOf(0, 100)}{"value":{"n":100}`)
    const startedAt = performance.now()

    const lines = withoutProgress(await stream.rest())
    const ms = performance.now() - startedAt

    const detail = `Nothing of the request arrived for ${bodyTimeoutMs} ms.`
    assert.deepEqual(lines.at(-1), { ended: { code: 'request-timeout', detail, lastLine: 100 } })
    assert.equal(lines.length, 101)
    // Then it is closed, since the rest does not come.
    assert.ok(ms > bodyTimeoutMs - 100 && ms < 3 * bodyTimeoutMs, `${ms} ms`)
    assert.deepEqual(await storedNumbers(topic), range(0, 100))
  })

  test('goes on where it stopped for less than that, again and again', async (t) => {
    const topic = await numberTopic(t)
    const stream = open(topic)

    for (const n of range(0, 3)) {
      await stream.write(linesOf(n, 1).slice(0, 8))
      await new Promise((resolve) => setTimeout(resolve, bodyTimeoutMs * 0.6))
      await stream.write(linesOf(n, 1).slice(8))
    }
    const lines = withoutProgress(await stream.end())

    assert.equal(lines[0]?.summary?.published, 3)
    assert.deepEqual(await storedNumbers(topic), range(0, 3))
  })

  test('that is cut in the middle of a line has everything that was acknowledged, and no half line', async (t) => {
    for (const options of [all, { ...all, headers: { 'content-length': '1000000' } }]) {
      const topic = await numberTopic(t)
      const before = await cutRequests()
      const stream = open(topic, options)
      await stream.write(`${linesOf(0, 5_000)}{"value":{"n":5000}}`)
      await stream.answered((lines) => lines.length > 10)

      stream.request.socket?.resetAndDestroy()

      await pollUntil(async () => (await cutRequests()) > before)
      await pollUntil(async () => (await metric(/^headgate_events_in_flight (\d+)$/m)) === 0)
      const stored = await storedNumbers(topic)
      assert.deepEqual(stored, range(0, stored.length))
      assert.ok(stored.length <= 5_000)
      const acknowledged = (await stream.rest()).filter(({ outcome }) => outcome === 'published')
      assert.ok(acknowledged.length > 10 && acknowledged.length <= stored.length)
      assert.equal(stream.isWhole, false)
      assert.ok(!stream.lines.some(({ summary, ended }) => summary ?? ended))
    }
  })

  test('whose answer is not read is ended, by a line that names the last one taken, and the rest is dropped', async (t) => {
    const topic = await numberTopic(t)
    const stream = open(topic)
    stream.request.on('response', (response) => response.pause())
    await stream.write(linesOf(0, 100))
    for (let sent = 0; sent < refusals; sent += 10_000) await stream.write('x\n'.repeat(10_000))
    stream.request.end(linesOf(100, 100))

    await pollUntil(() => stream.response !== undefined)
    stream.response?.resume()
    const lines = withoutProgress(await stream.rest())

    const ended = lines.at(-1)?.ended
    assert.equal(ended?.code, 'answer-not-read')
    assert.equal(ended?.detail, `More than ${2 ** 20} bytes of this answer wait to be read.`)
    const outcomes = lines.slice(0, -1)
    assert.deepEqual(
      outcomes.map(({ line, outcome }) => [line, outcome]),
      range(101, outcomes.length).map((line) => [line, 'refused']),
    )
    assert.equal(ended?.lastLine, 100 + outcomes.length)
    assert.ok(outcomes.length < refusals)
    assert.deepEqual(await storedNumbers(topic), range(0, 100))
  })

  test('whose caller sends on for ever, and never reads, is cut', async (t) => {
    const topic = await numberTopic(t)
    const stream = open(topic)
    stream.request.on('response', (response) => response.pause())
    const startedAt = performance.now()

    const sendOn = (): void => {
      if (!stream.request.destroyed) stream.request.write('x\n'.repeat(10_000), sendOn)
    }
    sendOn()
    await pollUntil(() => stream.request.socket?.destroyed ?? false)

    const ms = performance.now() - startedAt
    assert.ok(ms > bodyTimeoutMs && ms < 3 * bodyTimeoutMs, `${ms} ms`)
    assert.equal(stream.isWhole, false)
  })
})
