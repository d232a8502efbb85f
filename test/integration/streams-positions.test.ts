import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { addPartitions, createTopic, deleteRecords, recreateTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { openRawWriter } from '../support/raw-records.ts'
import { numbersOf, numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'
import type { ReceivedMessage } from '../support/received-messages.ts'
import { streamNumbers as numbers, StreamClient } from '../support/stream-client.ts'
import { issueToken } from '../support/tokens.ts'

suite('where a stream begins', () => {
  let here: TestGateway
  let there: TestGateway
  before(async () => {
    here = await startGateway()
    there = await startGateway()
  })
  after(async () => {
    await here[Symbol.asyncDispose]()
    await there[Symbol.asyncDispose]()
  })

  test('is earliest, the last so many of each partition, or a time, as it is asked for', async (t) => {
    const topic = await numberTopic(t, { partitions: 2 })
    const first = Date.parse('2026-03-01T00:00:00Z')
    for (let n = 0; n < 10; n++) {
      await publishNumbers(here.api, topic, n, 1, { partition: n % 2, timestamp: first + n * 1000 } as never)
    }
    const expected = { earliest: range(0, 10), '-2': range(6, 4), '2026-03-01T00:00:07Z': range(7, 3) }

    for (const [from, values] of Object.entries(expected)) {
      const stream = await StreamClient.open(t, here, { query: { topics: topic, from } })
      await stream.count(values.length)
      assert.deepEqual(numbers(stream.events).sort(), values, from)
    }
  })

  test('is where any read or stream of any replica was, given as cursor or as Last-Event-ID', async (t) => {
    const topic = await numberTopic(t, { partitions: 2 })
    for (let n = 0; n < 20; n++) await publishNumbers(here.api, topic, n, 1, { partition: n % 2 })
    const page = await readPage(here.api, topic, { limit: 5 })
    const got = numbersOf(page)
    let { cursor } = page
    const next = async (gateway: TestGateway, request: Parameters<typeof StreamClient.open>[2], count: number) => {
      const stream = await StreamClient.open(t, gateway, request)
      await stream.count(count)
      got.push(...numbers(stream.events.slice(0, count)))
      cursor = (stream.events[count - 1] as ReceivedMessage).cursor
    }

    await next(there, { type: 'text/event-stream', query: { topics: topic, cursor } }, 5)
    const headers = { 'last-event-id': cursor }
    await next(here, { type: 'text/event-stream', query: { topics: topic, cursor: page.cursor }, headers }, 4)
    await next(there, { query: { cursor } }, 3)
    got.push(...numbersOf(await readPage(there.api, topic, { cursor })))

    assert.deepEqual(
      got.sort((a, b) => a - b),
      range(0, 20),
    )
  })

  test('topics that the cursor does not have begin at `from`', async (t) => {
    const [known, added] = [await numberTopic(t), await numberTopic(t)]
    await publishNumbers(here.api, known, 0, 4)
    await publishNumbers(here.api, added, 100, 4)
    const { cursor } = await readPage(here.api, known, { limit: 3 })

    const stream = await StreamClient.open(t, here, { query: { topics: `${known},${added}`, cursor, from: '-1' } })
    await stream.count(2)

    assert.deepEqual(
      numbers(stream.events).sort((a, b) => a - b),
      [3, 103],
    )
  })

  test('a cursor grants nothing: with one topic of it that the bearer may not read it is refused', async (t) => {
    const [open, closed] = [await numberTopic(t), await numberTopic(t)]
    await publishNumbers(here.api, open, 0, 1)
    const both = await StreamClient.open(t, here, { query: { topics: `${open},${closed}`, from: 'earliest' } })
    await both.count(1)
    const token = await issueToken([`read:${open}`])

    for (const query of [`topics=${open}&cursor=${both.cursor}`, `cursor=${both.cursor}`, `topics=${open},${closed}`]) {
      const answer = await here.api.get(`/v1/stream?${query}`, { token })
      assert.equal(answer.status, 403, answer.text)
      assert.ok(answer.body.detail.includes(`read:${closed}`))
    }
  })

  test('what cannot be asked for is a 400 that says what to do', async (t) => {
    const topic = await numberTopic(t)
    const many = Array.from({ length: 33 }, (_, index) => `t${index}`).join(',')
    const cases: [string, string, number, string][] = [
      ['', 'topics', 400, 'invalid-parameter'],
      [`topics=${many}`, 'topics', 400, 'invalid-parameter'],
      [`topics=${topic},`, 'topics', 400, 'invalid-parameter'],
      [`topics=${topic}&from=yesterday`, 'from', 400, 'invalid-parameter'],
      [`topics=${topic}&filter=value.n%20%3D`, 'filter', 400, 'invalid-parameter'],
      [`topics=${topic}&fields=n`, 'fields', 400, 'invalid-parameter'],
      [`topics=${topic}&cursor=AAAA`, 'cursor', 400, 'invalid-cursor'],
      ['topics=there-is-none', 'there-is-none', 404, 'topic-not-found'],
      ['topics=_headgate.tickets', '_headgate', 403, 'scope-missing'],
    ]

    for (const [query, names, status, code] of cases) {
      const answer = await here.api.get(`/v1/stream?${query}`)
      assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text)
      assert.ok(JSON.stringify(answer.body).includes(names), answer.text)
    }
    const answer = await here.api.get(`/v1/stream?topics=${topic}`, { headers: { accept: 'text/html' } })
    assert.equal(answer.status, 406, answer.text)
  })
})

suite('what becomes of a topic under a stream', () => {
  const growing = uniqueName('growing')
  let gateway: TestGateway
  before(async () => {
    const contracts = [`{ topic: ${growing}, schemaless: true }`]
    gateway = await startGateway({ contracts, env: { HEADGATE_STREAM_RING_BYTES: '2000' } })
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('a partition that is added is read from its beginning, by live readers and by cursors', async (t) => {
    const topic = await createTopic(t, { name: growing })
    const stream = await StreamClient.open(t, gateway, { query: { topics: topic } })
    await publishNumbers(gateway.api, topic, 0, 1)
    await stream.count(1)
    const { cursor } = stream
    await addPartitions(topic, 3)
    // 503 for as long as a partition has no leader.
    await pollUntil(async () => (await gateway.api.get(`/v1/topics/${topic}`)).body.partitions?.length === 3)
    const raw = await openRawWriter(t)
    const write = (partition: number, n: number) => raw.write(topic, { partition, value: Buffer.from(`{"n":${n}}`) })
    await write(2, 1)
    await stream.count(2, 20_000)
    const resumed = await StreamClient.open(t, gateway, { query: { topics: topic, cursor } })
    await write(1, 2)
    await Promise.all([stream.count(3), resumed.count(2)])

    assert.deepEqual(numbers(stream.events), [0, 1, 2])
    assert.deepEqual(numbers(resumed.events), [1, 2])
  })

  test('what retention has taken is a gap with its range, and the stream goes on after it', async (t) => {
    const topic = await numberTopic(t, { partitions: 2 })
    await publishNumbers(gateway.api, topic, 0, 10)
    await publishNumbers(gateway.api, topic, 100, 2, { partition: 1 })
    const { cursor } = await readPage(gateway.api, topic, { limit: 3, partition: 0 })
    const start = await StreamClient.open(t, gateway, { query: { topics: topic, from: 'earliest' } })
    await start.count(3)
    const position = start.said[2]?.cursor ?? ''
    await deleteRecords(topic, 0, 7)

    const stream = await StreamClient.open(t, gateway, { query: { topics: topic, cursor: position } })
    const ofPartition = await StreamClient.open(t, gateway, { query: { topics: topic, cursor } })
    await publishNumbers(gateway.api, topic, 10, 1)
    await ofPartition.count(4)
    await pollUntil(() => stream.events.some(({ content }) => content.value.n === 10))

    assert.deepEqual(
      ofPartition.said.map(({ kind }) => kind),
      ['gap', 'event', 'event', 'event', 'event'],
    )
    assert.deepEqual(ofPartition.said[0]?.content, { topic, partition: 0, from: 3, to: 7, reason: 'retention' })
    assert.deepEqual(numbers(ofPartition.events), [7, 8, 9, 10])
    const [gap] = stream.of('gap')
    assert.deepEqual([gap?.content.to, gap?.content.reason], [7, 'retention'])
    const later = stream.said.slice(stream.said.indexOf(gap as ReceivedMessage) + 1)
    assert.deepEqual(numbers(later.filter(({ content }) => content.partition === 0)), [7, 8, 9, 10])
  })

  test('a topic that is created anew closes its streams, and their cursors are no longer good', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 2)
    const stream = await StreamClient.open(t, gateway, { query: { topics: topic, from: 'earliest' } })
    await stream.count(2)
    await recreateTopic(topic)

    const { content, cursor } = await stream.until('closing', 20_000)
    await stream.ended

    assert.match(content.code, /^topic-(recreated|not-found)$/)
    await pollUntil(async () => {
      const answer = await gateway.api.get(`/v1/stream?cursor=${cursor}`)
      return answer.status === 410 && answer.body.code === 'topic-recreated'
    })
  })
})
