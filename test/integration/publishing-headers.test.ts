import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ApiAnswer } from '../support/api.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { registerSchema } from '../support/schemas.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

suite('the headers of an event', () => {
  let gateway: TestGateway
  let path: string
  before(async () => {
    gateway = await startGateway()
    const topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, 'string')
    path = `/v1/topics/${topic}/events`
  })
  after(() => gateway[Symbol.asyncDispose]())

  async function headersReadBack(answer: ApiAnswer): Promise<unknown> {
    assert.equal(answer.status, 201, answer.text)
    return (await gateway.api.get(answer.headers.get('location') as string)).body.headers
  }

  async function headersInBatch({ status, text, body }: ApiAnswer, index: number): Promise<unknown> {
    assert.equal(status, 201, text)
    const { partition, offset } = body.outcomes[index]
    return (await gateway.api.get(path.replace('/events', `/partitions/${partition}/events/${offset}`))).body.headers
  }

  test('are given back as they came: repeated, empty, of bytes', async () => {
    const { api } = gateway
    const headers = { source: 'shop', empty: '', many: ['a', { base64: '/wA=' }, 'b'], bytes: { base64: '/w==' } }

    const one = await api.post(path, '"a"', { headers: { 'event-headers': JSON.stringify(headers) } })
    const batch = await api.post(`${path}/batch`, {
      events: [{ value: 'a', headers: { ...headers, é: '鍵', none: [] } }],
    })

    assert.deepEqual(await headersReadBack(one), headers)
    assert.deepEqual(await headersInBatch(batch, 0), { ...headers, é: '鍵' })
  })

  test('escaped in ASCII carry any text in Event-Headers', async () => {
    const answer = await gateway.api.post(path, '"a"', { headers: { 'event-headers': '{"n\\u00e9":"\\u9375"}' } })

    assert.deepEqual(await headersReadBack(answer), { né: '鍵' })
  })

  for (const text of [
    '',
    'source=shop',
    '[]',
    '"a"',
    '{"a":1}',
    '{"a":{"base64":"?"}}',
    '{"a":"b","a":"c"}',
    '{"a":"é"}',
  ]) {
    test(`in Event-Headers are not ${JSON.stringify(text)}: 400`, async () => {
      const answer = await gateway.api.post(path, '"a"', { headers: { 'event-headers': text } })

      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.faults[0].pointer, 'Event-Headers')
    })
  }

  test('that begin with two underscores are refused, each of them', async () => {
    const headers = '{"__value_schema_id":"x","ok":"y","__proto__":"z"}'

    const answer = await gateway.api.post(path, '"a"', { headers: { 'event-headers': headers } })
    const batch = await gateway.api.post(`${path}/batch`, `{"events":[{"value":"a","headers":${headers}}]}`)

    assert.equal(answer.status, 422)
    assert.deepEqual(
      answer.body.violations.map((each: Record<string, string>) => [each.in, each.code, each.pointer]),
      [
        ['headers', 'reserved-header', '/__value_schema_id'],
        ['headers', 'reserved-header', '/__proto__'],
      ],
    )
    assert.deepEqual(batch.body.outcomes[0].violations, answer.body.violations)
  })

  test('are at most 64, and 32 KiB together, names counted', async () => {
    const { api } = gateway
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`h${n}`, 'x']))
    const headersOf = [
      many(64),
      many(65),
      { h: 'x'.repeat(32_767) },
      { h: 'x'.repeat(32_768) },
      { h: new Array(65).fill('') },
    ]

    const answer = await api.post(`${path}/batch`, { events: headersOf.map((headers) => ({ value: 'a', headers })) })

    assert.deepEqual(
      answer.body.outcomes.map(({ violations }: { violations?: { found: string }[] }) => violations?.[0]?.found),
      [undefined, '65 headers of 250 bytes', undefined, '1 headers of 32769 bytes', '65 headers of 65 bytes'],
    )
  })

  test('keep the trace context of the request, for one and for all of a batch', async () => {
    const { api } = gateway
    const headers = { traceparent, tracestate: 'vendor=1' }

    const one = await api.post(path, '"a"', { headers })
    const own = { traceparent: traceparent.replace('-01', '-00') }
    const events = [
      { value: 'a', headers: { a: 'b' } },
      { value: 'b', headers: own },
    ]
    const batch = await api.post(`${path}/batch`, { events }, { headers })

    assert.deepEqual(await headersReadBack(one), headers)
    assert.deepEqual(await headersInBatch(batch, 0), { a: 'b', ...headers })
    assert.deepEqual(await headersInBatch(batch, 1), own)
  })

  const malformed = [
    'x',
    traceparent.toUpperCase(),
    traceparent.replace(/^00/, 'ff'),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
    `${traceparent}-x`,
  ]
  for (const text of malformed) {
    test(`drop a traceparent that is none: ${text}`, async () => {
      const answer = await gateway.api.post(path, '"a"', { headers: { traceparent: text, tracestate: 'vendor=1' } })

      assert.deepEqual(await headersReadBack(answer), {})
    })
  }
})
