import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { rawExchange } from '../support/raw-http.ts'
import { numberTopic, range, readPage } from '../support/reading.ts'
import { storedNumbers } from '../support/stored-numbers.ts'
import { LineStream, linesOf, withoutProgress } from '../support/stream-lines.ts'
import { issueToken } from '../support/tokens.ts'

const all = { query: '?outcomes=all' }
const none = { read: 0, published: 0, refused: 0, withheld: 0, failed: 0, unknown: 0 }
const published = (count: number) => ({ summary: { ...none, read: count, published: count } })

suite('publishing lines', () => {
  let gateway: TestGateway
  let token: string
  before(async () => {
    gateway = await startGateway()
    token = await issueToken(['publish'])
  })
  after(() => gateway[Symbol.asyncDispose]())

  const open = (topic: string, options: { query?: string; headers?: Record<string, string> } = {}) =>
    new LineStream(gateway.url, topic, { token, ...options })

  test('answers a summary alone where all are published, and they are written in their order', async (t) => {
    const topic = await numberTopic(t)
    const stream = open(topic)

    const lines = await stream.end(linesOf(0, 5_000))

    assert.deepEqual(withoutProgress(lines), [published(5_000)])
    assert.equal(stream.response?.statusCode, 200)
    assert.equal(stream.response?.headers['content-type'], 'application/x-ndjson')
    assert.deepEqual(await storedNumbers(topic), range(0, 5_000))
  })

  test('answers a summary of nothing for nothing, and for empty lines', async (t) => {
    const topic = await numberTopic(t)

    assert.deepEqual(await open(topic).end(), [published(0)])
    assert.deepEqual(await open(topic).end('\ufeff\r\n\n\r\n'), [published(0)])
    assert.deepEqual(await open(topic, { headers: { 'content-length': '0' } }).end(), [published(0)])
  })

  test('with outcomes=all has a line for each event, in order, with its place in Kafka', async (t) => {
    const topic = await numberTopic(t)

    const lines = withoutProgress(await open(topic, all).end(linesOf(0, 3_000)))

    const outcomes = lines.slice(0, -1)
    assert.deepEqual(
      outcomes.map(({ line, outcome, partition, offset }) => ({ line, outcome, partition, offset })),
      range(0, 3_000).map((n) => ({ line: n + 1, outcome: 'published', partition: 0, offset: n })),
    )
    assert.deepEqual(lines.at(-1), published(3_000))
  })

  test('refuses a bad line as such, by its number, and goes on with the next', async (t) => {
    const topic = await numberTopic(t)
    const body = [
      '\ufeff{"value":{"n":1}}\r',
      '',
      '{"value":{"n":',
      '{"value":{"n":"x"}}',
      '{"value":{"n":2}}\r',
      'hello\r',
      '{"n":3}',
      `{"value":{"n":4},"key":"${'k'.repeat(2 ** 20)}"}`,
      '{"value":{"n":5},"partition":1}',
      '{"value":null}',
      '{"value":{"n":6,"m":7}}',
      '{"value":{"n":3}}',
    ].join('\n')

    const lines = withoutProgress(await open(topic).end(body))

    const refusals = lines.slice(0, -1)
    assert.deepEqual(
      refusals.map(({ line, outcome, violations }) => [line, outcome, violations?.[0]?.code, violations?.[0]?.in]),
      [
        [3, 'refused', 'malformed-json', 'envelope'],
        [4, 'refused', 'type-mismatch', undefined],
        [6, 'refused', 'malformed-json', 'envelope'],
        [7, 'refused', 'invalid-envelope', 'envelope'],
        [8, 'refused', 'event-too-large', 'envelope'],
        [9, 'refused', 'unknown-partition', 'partition'],
        [10, 'refused', 'key-missing', 'key'],
        [11, 'refused', 'unknown-field', undefined],
      ],
    )
    assert.deepEqual(lines.at(-1), { summary: { ...none, read: 11, published: 3, refused: 8 } })
    assert.deepEqual(await storedNumbers(topic), [1, 2, 3])
  })

  test('takes key, headers, partition and time from the envelopes', async (t) => {
    const topic = await numberTopic(t, { partitions: 3 })
    const timestamp = '2026-03-01T09:30:00.000Z'
    const body = `{"value":{"n":1},"key":"k","headers":{"a":"1"},"partition":2,"timestamp":"${timestamp}"}\n{"value":null,"key":"k","partition":2}`

    const lines = await open(topic, all).end(body)

    assert.deepEqual(lines[0], { line: 1, outcome: 'published', partition: 2, offset: 0, timestamp })
    const { events } = await readPage(gateway.api, topic, { partition: 2 })
    assert.deepEqual(
      events.map(({ key, headers, value }) => ({ key, headers, value })),
      [
        { key: 'k', headers: { a: '1' }, value: { n: 1 } },
        { key: 'k', headers: {}, value: null },
      ],
    )
    assert.equal(events[0]?.timestamp, timestamp)
  })

  test('keeps the trace context of the request with each event', async (t) => {
    const topic = await numberTopic(t)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

    await open(topic, { headers: { traceparent } }).end(linesOf(0, 2))

    const { events } = await readPage(gateway.api, topic)
    assert.deepEqual(
      events.map(({ headers }) => headers),
      [{ traceparent }, { traceparent }],
    )
  })

  test('says which deadline it goes by', async (t) => {
    const stream = open(await numberTopic(t), { headers: { prefer: 'wait=3, return=minimal' } })

    await stream.end(linesOf(0, 1))

    assert.equal(stream.response?.headers['preference-applied'], 'wait=3')
  })

  test('answers each line at once to a caller who waits for it before sending the next', async (t) => {
    const topic = await numberTopic(t)
    const stream = open(topic, all)
    const startedAt = performance.now()

    for (const n of range(0, 50)) {
      await stream.write(linesOf(n, 1))
      await stream.answered((lines) => withoutProgress(lines).length > n)
      assert.equal(withoutProgress(stream.lines).at(-1)?.offset, n)
    }
    const lines = await stream.end()

    assert.deepEqual(lines.at(-1), published(50))
    // The test asks every 20 ms; a tick of the gateway takes five times as long.
    assert.ok(performance.now() - startedAt < 50 * 80)
  })

  test('tells once a second how far it is to a caller who sends slowly', async (t) => {
    const topic = await numberTopic(t)
    const stream = open(topic)
    const startedAt = performance.now()

    for (let n = 0; stream.lines.length < 2; n++) {
      await stream.write(linesOf(n, 1))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const ms = performance.now() - startedAt
    await stream.end()

    const [first, second] = stream.lines.map(({ progress }) => progress)
    assert.ok(first && second && second.read > first.read)
    assert.equal(second.published, second.read)
    assert.equal(second.lastLine, second.read)
    assert.ok(ms > 1_900, `${ms} ms`)
  })

  test('takes gzip, of one piece and of several, and judges the same', async (t) => {
    const topic = await numberTopic(t)
    const gzip = { headers: { 'content-encoding': 'gzip' } }
    const pieces = [gzipSync(linesOf(0, 9_000)), gzipSync(`oops\n${linesOf(9_000, 1_000)}`)]

    const lines = withoutProgress(await open(topic, gzip).end(Buffer.concat(pieces)))

    assert.equal(lines[0]?.line, 9_001)
    assert.deepEqual(lines.at(-1), { summary: { ...none, read: 10_001, published: 10_000, refused: 1 } })
    assert.deepEqual(await storedNumbers(topic), range(0, 10_000))
  })

  test('ends where gzip breaks or ends too early: what was acknowledged is there, and nothing else is said', async (t) => {
    const whole = gzipSync(Array.from({ length: 20_000 }, (_, n) => `{"value":{"n":${n * 7919}}}`).join('\n'))
    const broken = Buffer.concat([
      whole.subarray(0, whole.length / 2),
      Buffer.alloc(1_000, 0xff),
      whole.subarray(-5_000),
    ])
    for (const body of [broken, whole.subarray(0, whole.length / 2)]) {
      const topic = await numberTopic(t)

      const lines = await open(topic, { ...all, headers: { 'content-encoding': 'gzip' } }).end(body)

      const ended = lines.at(-1)?.ended
      assert.equal(ended?.code, 'malformed-request')
      const outcomes = lines.filter(({ outcome }) => outcome)
      assert.equal(ended?.lastLine, outcomes.at(-1)?.line)
      const acknowledged = outcomes.filter(({ outcome }) => outcome === 'published')
      assert.ok(acknowledged.length > 1_000, String(acknowledged.length))
      const stored = await storedNumbers(topic)
      assert.equal(stored.length, acknowledged.length)
      // Beyond that, what broke may have become other numbers.
      assert.deepEqual(
        stored.slice(0, 1_000),
        range(0, 1_000).map((n) => n * 7919),
      )
    }
  })

  test('inflates a bomb of one line, and of empty lines, without keeping it', async (t) => {
    const topic = await numberTopic(t)
    const gzip = { headers: { 'content-encoding': 'gzip' } }
    const before = process.memoryUsage().rss

    const longLine = await open(topic, gzip).end(gzipSync(Buffer.alloc(200 * 2 ** 20, 'x')))
    const emptyLines = await open(topic, gzip).end(gzipSync(Buffer.alloc(50 * 2 ** 20, '\n')))

    assert.equal(withoutProgress(longLine)[0]?.violations?.[0]?.code, 'event-too-large')
    assert.deepEqual(longLine.at(-1), { summary: { ...none, read: 1, refused: 1 } })
    assert.deepEqual(emptyLines.at(-1), published(0))
    const grownMiB = Math.round((process.memoryUsage().rss - before) / 2 ** 20)
    assert.ok(grownMiB < 120, `${grownMiB} MiB`)
  })

  const refused: readonly [
    what: string,
    query: string,
    headers: Record<string, string>,
    status: number,
    code: string,
    pointers?: string[],
  ][] = [
    [
      'a key, partition and time in the query',
      '?key=k&partition=0&timestamp=1',
      {},
      400,
      'invalid-parameter',
      ['key', 'partition', 'timestamp'],
    ],
    [
      'a key and headers in headers',
      '',
      { 'event-key': 'k', 'event-headers': '{}' },
      400,
      'invalid-parameter',
      ['Event-Key', 'Event-Headers'],
    ],
    ['other outcomes than there are', '?outcomes=some', {}, 400, 'invalid-parameter', ['outcomes']],
    ['an idempotency key', '', { 'idempotency-key': 'k' }, 400, 'idempotency-key-not-supported'],
    ['an encoding that is not known', '', { 'content-encoding': 'br' }, 415, 'unsupported-encoding'],
    ['another charset', '', { 'content-type': 'application/x-ndjson; charset=utf-16' }, 415, 'unsupported-media-type'],
  ]
  for (const [what, query, headers, status, code, pointers] of refused) {
    test(`with ${what} is ${status} ${code}, and nothing is written`, async (t) => {
      const topic = await numberTopic(t)
      const type = { 'content-type': 'application/x-ndjson' }

      const answer = await gateway.api.post(`/v1/topics/${topic}/events${query}`, linesOf(0, 3), {
        headers: { ...type, ...headers },
      })

      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.body.code, code)
      if (pointers)
        assert.deepEqual(
          answer.body.faults.map(({ pointer }: { pointer: string }) => pointer),
          pointers,
        )
      assert.deepEqual(await storedNumbers(topic), [])
    })
  }

  test('to a topic that is not there is 404; as lines to the batch, 415; with outcomes for one event, 400', async (t) => {
    const headers = { 'content-type': 'application/x-ndjson' }
    const path = `/v1/topics/${await numberTopic(t)}/events`

    const absent = await gateway.api.post('/v1/topics/there-is-none/events', linesOf(0, 3), { headers })
    const batch = await gateway.api.post(`${path}/batch`, linesOf(0, 3), { headers })
    const one = await gateway.api.post(`${path}?outcomes=all`, { n: 1 })

    assert.deepEqual([absent.status, absent.body.code], [404, 'topic-not-found'])
    assert.deepEqual([batch.status, batch.body.code], [415, 'unsupported-media-type'])
    assert.deepEqual([one.status, one.body.code], [400, 'invalid-parameter'])
  })

  for (const missing of [0, 10]) {
    test(`acknowledges nothing that is not there to a caller who closes its half with ${missing} bytes to come`, async (t) => {
      const topic = await numberTopic(t)
      const body = linesOf(0, 2_000)
      const length = `Content-Length: ${body.length + missing}`
      const head = `POST /v1/topics/${topic}/events?outcomes=all HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/x-ndjson\r\n${length}\r\nConnection: close\r\n\r\n`

      const answer = await rawExchange(gateway.url, [head + body, /"line":1000,/], { closesItsHalf: true })

      assert.equal(/"summary"/.test(answer) && missing > 0, false)
      const acknowledged = [...answer.matchAll(/^\{"line":\d+.*"offset":(\d+).*\}\r?$/gm)].map(([, offset]) =>
        Number(offset),
      )
      assert.ok(acknowledged.length >= 999)
      assert.deepEqual(acknowledged, range(0, acknowledged.length))
      assert.ok((await storedNumbers(topic)).length >= acknowledged.length)
      assert.deepEqual(await open(topic).end(linesOf(0, 1)), [published(1)])
    })
  }
})
