import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import fc from 'fast-check'
import type { Api } from '../support/api.ts'
import { cursorSecret, gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { addPartitions, deleteRecords, recreateTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numbersOf, numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'

const otherSecret = 'another-secret-of-the-tests-0123456789'

suite('cursors', () => {
  let one: TestGateway
  let other: TestGateway

  before(async () => {
    ;[one, other] = await Promise.all([startGateway(), startGateway()])
  })
  after(async () => {
    await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
  })

  test('successive reads of any limits, on any replica, give exactly the topic, in order within a partition', async (t) => {
    const topic = await numberTopic(t, { partitions: 3 })
    const counts = [40, 1, 25]
    for (const [partition, count] of counts.entries()) {
      await publishNumbers(one.api, topic, partition * 100, count, { partition })
    }
    const steps = fc.array(fc.record({ limit: fc.integer({ min: 1, max: 30 }), onOther: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    })

    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const seen: number[][] = counts.map(() => [])
        let cursor: string | undefined
        for (let reads = 0; ; reads++) {
          assert.ok(reads < 100, 'the reads do not come to an end')
          const { limit, onOther } = plan[reads % plan.length] as (typeof plan)[number]
          const page = await readPage((onOther ? other : one).api, topic, { limit, ...(cursor && { cursor }) })
          assert.ok(page.events.length <= limit)
          for (const { partition, value } of page.events) seen[partition]?.push((value as { n: number }).n)
          cursor = page.cursor
          if (page.atEnd) break
        }
        assert.deepEqual(
          seen,
          counts.map((count, partition) => range(partition * 100, count)),
        )
      }),
      { numRuns: 20 },
    )
  })

  test('a cursor at the end goes on with what is published later', async (t) => {
    const topic = await numberTopic(t)
    const { cursor, atEnd } = await readPage(one.api, topic, { from: 'latest' })
    await publishNumbers(one.api, topic, 0, 3)

    const page = await readPage(other.api, topic, { cursor })

    assert.equal(atEnd, true)
    assert.deepEqual(numbersOf(page), [0, 1, 2])
  })

  test('a cursor of one partition stays in it', async (t) => {
    const topic = await numberTopic(t, { partitions: 2 })
    await publishNumbers(one.api, topic, 0, 4, { partition: 0 })
    await publishNumbers(one.api, topic, 100, 4, { partition: 1 })

    const first = await readPage(one.api, topic, { partition: 1, limit: 3 })
    const second = await readPage(one.api, topic, { cursor: first.cursor })

    assert.deepEqual([...numbersOf(first), ...numbersOf(second)], [100, 101, 102, 103])
  })

  test('the first secret signs and all verify, so that secrets can be changed under live readers', async (t) => {
    const changed = await gatewayFor(t, { env: { HEADGATE_SECRETS_CURSOR: `${otherSecret},${cursorSecret}` } })
    const topic = await numberTopic(t)
    await publishNumbers(one.api, topic, 0, 4)
    const old = await readPage(one.api, topic, { limit: 2 })

    const page = await readPage(changed.api, topic, { cursor: old.cursor, limit: 1 })

    assert.deepEqual(numbersOf(page), [2])
    await refuses(one.api, topic, page.cursor, 'it signs with the first secret, which the others do not know yet')
  })

  test('a cursor with any one character changed is refused', async (t) => {
    const topic = await numberTopic(t)
    const { cursor } = await readPage(one.api, topic)
    for (const at of [0, 1, 5, Math.floor(cursor.length / 2), cursor.length - 2, cursor.length - 1]) {
      const changed = cursor[at] === 'A' ? 'B' : 'A'
      await refuses(one.api, topic, `${cursor.slice(0, at)}${changed}${cursor.slice(at + 1)}`, `character ${at}`)
    }
    await refuses(one.api, topic, cursor.slice(0, -4), 'cut')
    await refuses(one.api, topic, `${cursor}AAAA`, 'longer')
    await refuses(one.api, topic, 'A', 'nearly nothing')
  })

  test('a cursor of another topic is refused', async (t) => {
    const [topic, foreign] = [await numberTopic(t), await numberTopic(t)]
    const { cursor } = await readPage(one.api, foreign)

    await refuses(one.api, topic, cursor, 'another topic')
  })

  test('a cursor of a topic that was recreated under its name is 410, also on a replica that remembers the old one', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(one.api, topic, 0, 4)
    const { cursor } = await readPage(one.api, topic, { limit: 2 })
    assert.deepEqual(numbersOf(await readPage(other.api, topic, { cursor })), [2, 3])

    await recreateTopic(topic)
    await pollUntil(async () => (await one.api.post(`/v1/topics/${topic}/events`, { n: 100 })).status === 201)
    await publishNumbers(one.api, topic, 101, 5)

    for (const { api } of [one, other]) {
      await pollUntil(
        async () => (await api.get(`/v1/topics/${topic}/events?cursor=${cursor}`)).body.code === 'topic-recreated',
        2_000,
      )
      assert.equal((await api.get(`/v1/topics/${topic}/events?cursor=${cursor}`)).status, 410)
    }
    assert.deepEqual(numbersOf(await readPage(one.api, topic)), range(100, 6))
  })

  test('a cursor whose events retention removed is 410, with the gap and a cursor that goes on right after it', async (t) => {
    const topic = await numberTopic(t, { partitions: 2 })
    await publishNumbers(one.api, topic, 0, 10, { partition: 0 })
    await publishNumbers(one.api, topic, 100, 10, { partition: 1 })
    const { cursor } = await readPage(one.api, topic, { partition: 1, limit: 3 })
    const all = await readPage(one.api, topic, { from: 'earliest', limit: 1 })
    await deleteRecords(topic, 1, 7)

    const answer = await other.api.get(`/v1/topics/${topic}/events?cursor=${cursor}`)

    assert.equal(answer.status, 410, answer.text)
    assert.equal(answer.body.code, 'cursor-expired')
    assert.deepEqual(answer.body.gone, [{ partition: 1, from: 3, to: 7 }])
    assert.deepEqual(numbersOf(await readPage(one.api, topic, { cursor: answer.body.cursor })), [107, 108, 109])
    const ofAll = await one.api.get(`/v1/topics/${topic}/events?cursor=${all.cursor}`)
    assert.equal(ofAll.status, 410, ofAll.text)
    const rest = numbersOf(await readPage(one.api, topic, { cursor: ofAll.body.cursor }))
    assert.deepEqual(
      rest.sort((a, b) => a - b),
      [...range(numbersOf(all)[0] === 0 ? 1 : 0, numbersOf(all)[0] === 0 ? 9 : 10), 107, 108, 109],
    )
  })

  test('a partition that is added under a cursor is read from its beginning', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(one.api, topic, 0, 2)
    const { cursor } = await readPage(one.api, topic)
    await addPartitions(topic, 2)
    await pollUntil(async () => {
      const answer = await other.api.post(`/v1/topics/${topic}/events?partition=1`, { n: 100 })
      return answer.status === 201
    })

    await pollUntil(async () => numbersOf(await readPage(one.api, topic, { cursor })).includes(100), 5_000)

    assert.deepEqual(numbersOf(await readPage(other.api, topic, { cursor })), [100])
    assert.deepEqual(numbersOf(await readPage(one.api, topic, { partition: 1 })), [100])
  })
})

async function refuses(api: Api, topic: string, cursor: string, why: string): Promise<void> {
  const answer = await api.get(`/v1/topics/${topic}/events?cursor=${cursor}`)
  assert.equal(answer.status, 400, `${why}: ${answer.text}`)
  assert.equal(answer.body.code, 'invalid-cursor', why)
}
