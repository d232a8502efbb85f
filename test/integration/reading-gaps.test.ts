import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Api } from '../support/api.ts'
import { gatewayFor, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { numbersOf, numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'
import { openTransactions } from './kafka/transactions.ts'

// The wire format's five bytes and one of a small int.
const numberBytes = 6

suite('the limit in bytes of one read', () => {
  const cases: [string, number, number[]][] = [
    ['exactly three events', 3 * numberBytes, [3, 3, 2]],
    ['one byte less than three events', 3 * numberBytes - 1, [2, 2, 2, 2]],
    ['one byte more than two events', 2 * numberBytes + 1, [2, 2, 2, 2]],
    ['less than one event', 1, [1, 1, 1, 1, 1, 1, 1, 1]],
  ]
  for (const [title, readBytes, sizes] of cases) {
    test(`${title}: every event comes once, and no answer before the end is empty`, async (t) => {
      const { api } = await gatewayFor(t, { env: { HEADGATE_LIMITS_READ_BYTES: String(readBytes) } })
      const topic = await numberTopic(t)
      await publishNumbers(api, topic, 0, 8)

      const pages = await readAll(api, topic)

      assert.deepEqual(pages.flat(), range(0, 8))
      assert.deepEqual(
        pages.map(({ length }) => length).filter((length, index) => length > 0 || index < pages.length - 1),
        sizes,
      )
    })
  }
})

async function readAll(api: Api, topic: string): Promise<number[][]> {
  const pages: number[][] = []
  let cursor: string | undefined
  for (;;) {
    const page = await readPage(api, topic, cursor === undefined ? {} : { cursor })
    pages.push(numbersOf(page))
    if (page.atEnd) return pages
    assert.ok(pages.length < 50, 'the reads do not come to an end')
    cursor = page.cursor
  }
}

suite('offsets without events', () => {
  const contractOf = (topic: string) => `{ topic: ${topic}, schemaless: true }`

  test('aborted transactions and markers are skipped, and a long poll behind them waits without work', async (t) => {
    const topic = uniqueName('transactions')
    const { api } = await gatewayFor(t, { contracts: [contractOf(topic)] })
    await createTopic(t, { name: topic })
    const transact = await openTransactions(t)
    await transact(topic, ['1', '2'], 'commit')
    await transact(topic, ['3', '4', '5'], 'abort')
    await transact(topic, ['6'], 'commit')
    await transact(topic, ['7'], 'abort')

    const one = await readPage(api, topic, { limit: 2 })
    const rest = await readPage(api, topic, { cursor: one.cursor })

    assert.deepEqual(
      [...one.events, ...rest.events].map(({ value }) => value),
      [1, 2, 6],
    )
    assert.equal(rest.atEnd, true)
    const before = process.cpuUsage()
    const startedAt = performance.now()
    const waited = await readPage(api, topic, { cursor: rest.cursor, wait: 2 })
    const { user, system } = process.cpuUsage(before)
    assert.deepEqual(waited.events, [])
    assert.ok(performance.now() - startedAt >= 1_900)
    assert.ok((user + system) / 1000 < 1_000, `${(user + system) / 1000} ms of work in 2 s of waiting`)
  })

  test('one event at the offset of a marker or of an aborted event is 404', async (t) => {
    const topic = uniqueName('transactions')
    const { api } = await gatewayFor(t, { contracts: [contractOf(topic)] })
    await createTopic(t, { name: topic })
    const transact = await openTransactions(t)
    await transact(topic, ['1'], 'abort')
    await transact(topic, ['2'], 'commit')

    const codes: string[] = []
    for (const offset of [0, 1, 2, 3]) {
      const { body } = await api.get(`/v1/topics/${topic}/partitions/0/events/${offset}`)
      codes.push(body.code ?? body.value)
    }

    assert.deepEqual(codes, ['event-not-found', 'event-not-found', 2, 'event-not-found'])
  })
})
