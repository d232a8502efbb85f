import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numbersOf, numberTopic, publishNumbers, readPage } from '../support/reading.ts'
import { issueToken } from '../support/tokens.ts'

suite('a long poll', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway({ env: { HEADGATE_KAFKA_READERS: '4' } })
  })
  after(() => gateway[Symbol.asyncDispose]())

  const metric = async (name: string): Promise<number> => {
    const { text } = await gateway.api.get('/metrics')
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }

  test('is answered within a moment when an event is published', async (t) => {
    const { api } = gateway
    const topic = await numberTopic(t, { partitions: 3 })
    const { cursor } = await readPage(api, topic)
    const delays: number[] = []
    let next = cursor
    for (let n = 0; n < 5; n++) {
      const polling = readPage(api, topic, { cursor: next, wait: 20 }).then((page) => ({ page, at: performance.now() }))
      await pollUntil(async () => (await metric('headgate_reads_waiting')) === 1)
      await publishNumbers(api, topic, n, 1, { partition: n % 3 })
      const publishedAt = performance.now()

      const { page, at } = await polling

      assert.deepEqual(numbersOf(page), [n])
      delays.push(at - publishedAt)
      next = page.cursor
    }
    assert.ok((delays.sort((a, b) => a - b)[2] as number) < 300, `woken after ${delays.map(Math.round)} ms`)
  })

  test('answers at once where there is something to read', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 2)
    const startedAt = performance.now()

    const page = await readPage(gateway.api, topic, { wait: 20, limit: 1 })

    assert.deepEqual(numbersOf(page), [0])
    assert.ok(performance.now() - startedAt < 5_000)
  })

  test('ends empty at its time, with a cursor that goes on', async (t) => {
    const topic = await numberTopic(t)
    const startedAt = performance.now()

    const page = await readPage(gateway.api, topic, { wait: 1 })

    const took = performance.now() - startedAt
    assert.ok(took >= 950 && took < 3_000, `${took} ms`)
    assert.deepEqual([page.events, page.atEnd], [[], true])
    await publishNumbers(gateway.api, topic, 0, 1)
    assert.deepEqual(numbersOf(await readPage(gateway.api, topic, { cursor: page.cursor })), [0])
  })

  test('200 at once, on two topics, hold at most four consumers and are all woken by their own topic', async (t) => {
    const { api } = gateway
    const [busy, quiet] = [await numberTopic(t), await numberTopic(t)]
    const poll = (topic: string, wait: number) => readPage(api, topic, { from: 'latest', wait })
    const woken = Promise.all(Array.from({ length: 150 }, () => poll(busy, 30)))
    const asleep = Promise.all(Array.from({ length: 50 }, () => poll(quiet, 6)))
    await pollUntil(async () => (await metric('headgate_reads_waiting')) === 200, 30_000)
    const readers = await metric('headgate_kafka_readers')
    const startedAt = performance.now()
    await publishNumbers(api, busy, 7, 1)

    const pages = await woken

    assert.ok(readers <= 4 && readers >= 1, `${readers} readers`)
    assert.ok((await metric('headgate_kafka_readers')) <= 4)
    assert.ok(pages.every((page) => numbersOf(page).join() === '7'))
    assert.ok(performance.now() - startedAt < 10_000)
    assert.ok((await asleep).every(({ events }) => events.length === 0))
  })

  test('is freed when its client goes away', async (t) => {
    const topic = await numberTopic(t)
    const token = await issueToken(['read'])
    const client = new AbortController()
    const headers = { authorization: `Bearer ${token}` }
    const polling = fetch(`${gateway.url}/v1/topics/${topic}/events?wait=60`, { headers, signal: client.signal })
    await pollUntil(async () => (await metric('headgate_reads_waiting')) === 1)

    client.abort()

    await assert.rejects(polling)
    await pollUntil(async () => (await metric('headgate_reads_waiting')) === 0, 2_000)
  })
})
