import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { numbersOf, numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'

const day = 24 * 60 * 60 * 1000

suite('where a read begins, and how much it gives', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('`earliest` is the default, `latest` the end, and `-N` the last N of each partition', async (t) => {
    const { api } = gateway
    const topic = await numberTopic(t, { partitions: 2 })
    await publishNumbers(api, topic, 0, 5, { partition: 0 })
    await publishNumbers(api, topic, 100, 2, { partition: 1 })
    const read = async (from?: string) =>
      numbersOf(await readPage(api, topic, from === undefined ? {} : { from })).sort((a, b) => a - b)

    assert.deepEqual(await read(), [0, 1, 2, 3, 4, 100, 101])
    assert.deepEqual(await read('earliest'), [0, 1, 2, 3, 4, 100, 101])
    assert.deepEqual(await read('latest'), [])
    assert.deepEqual(await read('-0'), [])
    assert.deepEqual(await read('-1'), [4, 101])
    assert.deepEqual(await read('-3'), [2, 3, 4, 100, 101])
    assert.deepEqual(await read('-999999999999999'), [0, 1, 2, 3, 4, 100, 101])
  })

  test('a time begins at the first event that is as late, in any zone, and beyond the last one at the end', async (t) => {
    const { api } = gateway
    const topic = await numberTopic(t)
    const noon = Date.UTC(2026, 2, 1, 12)
    for (const n of range(0, 4)) await publishNumbers(api, topic, n, 1, { timestamp: noon + n * 1000 })
    const times: [string, number[]][] = [
      ['2026-03-01T12:00:02Z', [2, 3]],
      ['2026-03-01T12:00:01.001Z', [2, 3]],
      ['2026-03-01t12:00:03z', [3]],
      ['2026-03-01T14:00:02%2B02:00', [2, 3]],
      ['2026-03-01T14:00:02+02:00', [2, 3]],
      ['2026-03-01T10:00:03-02:00', [3]],
      ['1969-12-31T23:59:59Z', [0, 1, 2, 3]],
      ['2026-03-01T12:00:04Z', []],
      [new Date(Date.now() + 30 * day).toISOString(), []],
    ]

    for (const [from, numbers] of times) {
      const answer = await api.get(`/v1/topics/${topic}/events?from=${from}`)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(numbersOf(answer.body), numbers, from)
    }
  })

  test('a `from` that is none of these is 400 and says what it may be', async (t) => {
    const topic = await numberTopic(t)
    const bad = [
      'Latest',
      '10',
      '--1',
      '-1.5',
      '-',
      '2026-03-01',
      '2026-03-01T12:00:00',
      '2026-02-30T00:00:00Z',
      '2026-03-01T25:00:00Z',
      '-9999999999999999',
      '',
    ]

    for (const from of bad) {
      const answer = await gateway.api.get(`/v1/topics/${topic}/events?from=${from}`)
      assert.equal(answer.status, 400, `${from}: ${answer.text}`)
      assert.equal(answer.body.code, 'invalid-parameter')
      assert.equal(answer.body.faults[0].pointer, 'from')
      assert.match(answer.body.detail, /earliest, latest/)
    }
  })

  test('`partition` reads that partition only, and 404 where the topic has fewer', async (t) => {
    const { api } = gateway
    const topic = await numberTopic(t, { partitions: 2 })
    await publishNumbers(api, topic, 0, 2, { partition: 0 })
    await publishNumbers(api, topic, 100, 2, { partition: 1 })

    assert.deepEqual(numbersOf(await readPage(api, topic, { partition: 1 })), [100, 101])
    assert.deepEqual(numbersOf(await readPage(api, topic, { partition: 0, from: '-1' })), [1])
    const absent = await api.get(`/v1/topics/${topic}/events?partition=2`)
    assert.equal(absent.status, 404, absent.text)
    assert.equal(absent.body.code, 'partition-not-found')
  })

  test('a topic that does not exist is 404', async () => {
    const answer = await gateway.api.get('/v1/topics/no-such-topic/events')

    assert.equal(answer.status, 404, answer.text)
    assert.equal(answer.body.code, 'topic-not-found')
  })

  test('what a cursor fixes cannot be asked for beside it', async (t) => {
    const topic = await numberTopic(t)
    const { cursor } = await readPage(gateway.api, topic)

    for (const beside of ['from=latest', 'partition=0']) {
      const answer = await gateway.api.get(`/v1/topics/${topic}/events?cursor=${cursor}&${beside}`)
      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.faults[0].pointer, beside.split('=')[0])
    }
  })

  test('parameters out of bounds are 400, naming the setting where there is one', async (t) => {
    const topic = await numberTopic(t)
    const bad: [string, RegExp][] = [
      ['limit=0', /limit must be >= 1/],
      ['limit=5001', /at most 5000 \(limits\.readEvents\)/],
      ['limit=ten', /limit must be integer/],
      ['limit=1.5', /limit must be integer/],
      ['wait=-1', /wait must be >= 0/],
      ['wait=61', /at most 60 \(limits\.readWaitSeconds\)/],
      ['partition=-1', /partition must be >= 0/],
      ['longs=text', /longs must be/],
      ['limit=1&limit=2', /given twice/],
      ['offset=1', /no such parameter/],
      ['cursor=a.b', /cursor/],
    ]

    for (const [query, detail] of bad) {
      const answer = await gateway.api.get(`/v1/topics/${topic}/events?${query}`)
      assert.equal(answer.status, 400, `${query}: ${answer.text}`)
      assert.equal(answer.body.code, 'invalid-parameter', query)
      assert.match(answer.body.detail, detail)
    }
    assert.equal((await gateway.api.get(`/v1/topics/${topic}/events?limit=5000&wait=0`)).status, 200)
  })
})

test('without a `limit` a read gives 500 events, or as many as the setting allows where that is less', async (t) => {
  const small = await gatewayFor(t, { env: { HEADGATE_LIMITS_READ_EVENTS: '3' } })
  const topic = await numberTopic(t)
  await publishNumbers(small.api, topic, 0, 501)

  const page = await readPage(small.api, topic)

  assert.deepEqual(numbersOf(page), [0, 1, 2])
  const large = await gatewayFor(t)
  assert.equal((await readPage(large.api, topic)).events.length, 500)
})
