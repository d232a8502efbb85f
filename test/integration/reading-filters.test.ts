import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { openRawWriter } from '../support/raw-records.ts'
import { numbersOf, numberTopic, type Page, publishNumbers, range, readPage } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'

const orderSchema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'total', type: 'long' },
    { name: 'weight', type: 'double' },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['open', 'paid'] } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'amounts', type: { type: 'map', values: 'float' }, default: {} },
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [
            { name: 'sku', type: 'string' },
            { name: 'n', type: 'int' },
          ],
        },
      },
    },
  ],
}

const orders = [
  { id: 'o-1', total: '9007199254740993', weight: 2, state: 'open', note: 'now', items: [{ sku: 'a', n: 1 }] },
  { id: 'o-2', total: 9007199254740992, weight: 2.5, state: 'paid', amounts: { eu: 0.5 }, items: [{ sku: 'b', n: 2 }] },
  { id: 'p-3', total: 4, weight: 1e3, state: 'paid', note: null, amounts: { us: 1 }, items: [] },
]

suite('GET /v1/topics/{topic}/events?filter=&fields=', () => {
  const schemaless = uniqueName('schemaless')
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway({ contracts: [`{ topic: ${schemaless}, schemaless: true }`] })
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function orderTopic(t: TestContext): Promise<string> {
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, orderSchema)
    const events = orders.map((value, n) => ({ value, key: value.id, headers: { source: n === 0 ? 'shop' : 'till' } }))
    const answer = await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events })
    assert.equal(answer.status, 201, answer.text)
    return topic
  }
  const idsOf = ({ events }: Page) => events.map(({ value }) => (value as { id: string }).id)

  const filters: [string, string[]][] = [
    ['value.total > 9007199254740992', ['o-1']],
    ['value.total == 9007199254740993', ['o-1']],
    ['value.total % 2 == 0', ['o-2', 'p-3']],
    ['value.weight > 2.0 && value.weight < 999.5', ['o-2']],
    ['value.weight == 2', ['o-1']],
    ['value.state == "paid" && value.note == null', ['o-2', 'p-3']],
    ['value.note.startsWith("n")', ['o-1']],
    ['value.amounts.eu >= 0.5 || "us" in value.amounts', ['o-2', 'p-3']],
    ['value.amounts.?eu.orValue(1) > 0.9', ['o-1', 'p-3']],
    ['value.items.exists(item, item.sku in ["b", "c"] && item.n > 1)', ['o-2']],
    ['key.startsWith("o-") && headers.source == "till"', ['o-2']],
    ['offset >= 1 && partition == 0 && timestamp > timestamp("2020-01-01T00:00:00Z")', ['o-2', 'p-3']],
    ['value.nothing == 1', []],
  ]

  test('gives the events for which the filter is true', async (t) => {
    const topic = await orderTopic(t)
    for (const [filter, ids] of filters) {
      for (const longs of ['number', 'string']) {
        const page = await readPage(gateway.api, topic, { filter, longs })

        assert.deepEqual([filter, idsOf(page), page.atEnd], [filter, ids, true])
      }
    }
  })

  test('gives longs as the reader wants them, whatever the filter', async (t) => {
    const topic = await orderTopic(t)

    const page = await readPage(gateway.api, topic, { filter: 'value.total == 9007199254740993', longs: 'string' })

    assert.deepEqual(
      page.events.map(({ value }) => (value as { total: string }).total),
      ['9007199254740993'],
    )
  })

  test('knows numbers of schemaless topics, exactly', async (t) => {
    await createTopic(t, { name: schemaless })
    const writer = await openRawWriter(t)
    await writer.write(
      schemaless,
      ...['{"i":4,"d":2.5}', '{"i":9007199254740993}', '{"i":4.5}', 'no JSON'].map((text) => ({
        value: Buffer.from(text),
      })),
    )
    const offsetsOf = async (filter: string) =>
      (await readPage(gateway.api, schemaless, { filter })).events.map(({ offset }) => offset)

    assert.deepEqual(await offsetsOf('value.i % 2 == 0'), [0])
    assert.deepEqual(await offsetsOf('value.i > 9007199254740992'), [1])
    assert.deepEqual(await offsetsOf('value.i > 4 && value.i < 5'), [2])
    assert.deepEqual(await offsetsOf('!has(value.i)'), [3])
  })

  test('over pages and partitions gives each match once, in order, with cursors of any reader', async (t) => {
    const { api } = gateway
    const topic = await numberTopic(t, { partitions: 3 })
    for (const partition of range(0, 3)) await publishNumbers(api, topic, 1_000 * partition, 100, { partition })
    const pages: Page[] = []
    let cursor: string | undefined
    do {
      const page = await readPage(api, topic, { filter: 'value.n % 7 == 3', limit: 4, ...(cursor && { cursor }) })
      assert.ok(page.events.length <= 4 && pages.push(page) < 50)
      cursor = page.cursor
    } while (!pages.at(-1)?.atEnd)

    const found = pages.flatMap(({ events }) => events)
    for (const partition of range(0, 3)) {
      const numbers = numbersOf({ events: found.filter((event) => event.partition === partition) } as Page)
      assert.deepEqual(
        numbers,
        range(1_000 * partition, 100).filter((n) => n % 7 === 3),
      )
    }
    await publishNumbers(api, topic, 5, 1)
    assert.deepEqual(numbersOf(await readPage(api, topic, { cursor: cursor ?? '' })), [5])
  })

  test('ends a page at its limit with a cursor right after the last match', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 20)

    const page = await readPage(gateway.api, topic, { filter: 'value.n in [3, 5, 19]', limit: 2 })
    const unfiltered = await readPage(gateway.api, topic, { cursor: page.cursor, limit: 2 })
    const last = await readPage(gateway.api, topic, { filter: 'value.n in [3, 5, 19]', limit: 1, cursor: page.cursor })

    assert.deepEqual([numbersOf(page), page.atEnd], [[3, 5], false])
    assert.deepEqual(numbersOf(unfiltered), [6, 7])
    assert.deepEqual([numbersOf(last), last.atEnd], [[19], true])
  })

  test('looks at 20,000 records for a match, and then answers without one and with a cursor that goes on', async (t) => {
    const { api } = gateway
    const topic = await numberTopic(t)
    for (const thousands of range(0, 23)) await publishNumbers(api, topic, 1_000 * thousands, 1_000)
    const query = { filter: 'value.n >= 22990', limit: 3 }

    const first = await readPage(api, topic, query)
    const second = await readPage(api, topic, { ...query, cursor: first.cursor })
    const after = await readPage(api, topic, { cursor: first.cursor, limit: 1 })

    assert.deepEqual([first.events, first.atEnd], [[], false])
    assert.deepEqual([numbersOf(second), second.atEnd], [[22_990, 22_991, 22_992], false])
    assert.deepEqual(numbersOf(after), [20_000])
  })

  test('lets a long poll wait until something matches', async (t) => {
    const { api } = gateway
    const topic = await numberTopic(t)
    const polling = readPage(api, topic, { filter: 'value.n == 2', wait: 20 })
    await pollUntil(async () => /^headgate_reads_waiting 1$/m.test((await api.get('/metrics')).text))
    await publishNumbers(api, topic, 0, 2)
    assert.deepEqual(numbersOf(await readPage(api, topic)), [0, 1])
    await publishNumbers(api, topic, 2, 1)

    const page = await polling

    assert.deepEqual(numbersOf(page), [2])
    await publishNumbers(api, topic, 3, 1)
    assert.deepEqual(numbersOf(await readPage(api, topic, { cursor: page.cursor })), [3])
  })

  test('ends a long poll without a match at its time, past what it has looked at', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 3)

    const page = await readPage(gateway.api, topic, { filter: 'false', wait: 1 })

    assert.deepEqual([page.events, page.atEnd], [[], true])
    assert.deepEqual((await readPage(gateway.api, topic, { cursor: page.cursor })).events, [])
  })

  test('gives of values only the fields, after filtering by others', async (t) => {
    const topic = await orderTopic(t)

    const page = await readPage(gateway.api, topic, {
      filter: 'value.state == "paid"',
      fields: '/id,/items/0/sku,/amounts/eu,/nothing',
    })
    const whole = await readPage(gateway.api, topic, { fields: '', limit: 1 })

    assert.deepEqual(
      page.events.map(({ value, key, schema }) => ({ value, key, subject: schema?.subject })),
      [
        { value: { id: 'o-2', items: [{ sku: 'b' }], amounts: { eu: 0.5 } }, key: 'o-2', subject: `${topic}-value` },
        { value: { id: 'p-3' }, key: 'p-3', subject: `${topic}-value` },
      ],
    )
    assert.equal(Object.keys(whole.events[0]?.value as object).length, orderSchema.fields.length)
  })

  test('leaves tombstones and what cannot be decoded as they are', async (t) => {
    const topic = await orderTopic(t)
    const writer = await openRawWriter(t)
    await writer.write(topic, { key: Buffer.from('o-1'), value: null }, { value: Buffer.from('not Avro') })

    const { events } = await readPage(gateway.api, topic, { filter: 'value == null || !has(value.id)', fields: '/id' })

    assert.deepEqual(
      events.map(({ offset, value, error }) => [offset, value, error?.code]),
      [
        [3, null, undefined],
        [4, undefined, 'undecodable'],
      ],
    )
  })

  test('gives CloudEvents of the matches, with the fields as data', async (t) => {
    const topic = await orderTopic(t)
    const query = new URLSearchParams({ filter: 'value.state == "open"', fields: '/id' })

    const answer = await gateway.api.get(`/v1/topics/${topic}/events?${query}`, {
      headers: { accept: 'application/cloudevents-batch+json' },
    })

    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(
      answer.body.map(({ data }: { data: unknown }) => data),
      [{ id: 'o-1' }],
    )
  })

  const faults: [string, string, RegExp][] = [
    ['filter', 'value.n = 3', /^cannot be read: Unexpected character: = \(at character 9: =\)$/],
    ['filter', 'value.text.matches("a+")', /regular expressions.*startsWith, endsWith or contains/],
    ['filter', 'value.n + 1', /^is a number, where a bool is needed/],
    ['filter', 'x'.repeat(2_001), /2000/],
    ['filter', '', /./],
    ['fields', 'n', /^has "n", which is no JSON Pointer/],
    ['fields', Array(65).fill('/a').join(), /more than 64/],
  ]
  test('refuses filters and fields that are none, before anything is read', async () => {
    for (const [name, text, message] of faults) {
      const answer = await gateway.api.get(
        `/v1/topics/${uniqueName('no-topic')}/events?${new URLSearchParams([[name, text]])}`,
      )

      assert.deepEqual([answer.status, answer.body.code], [400, 'invalid-parameter'], answer.text)
      assert.deepEqual([answer.body.faults[0].in, answer.body.faults[0].pointer], ['query', name])
      assert.match(answer.body.faults[0].message, message)
    }
  })
})
