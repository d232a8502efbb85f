import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { problemIn, rawExchange } from '../support/raw-http.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

const mebibyte = 1_048_576
const textOf = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`
const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`

const anything = {
  type: 'record',
  name: 'Anything',
  fields: [
    { name: 'long', type: ['null', 'long'], default: null },
    { name: 'int', type: ['null', 'int'], default: null },
    { name: 'double', type: ['null', 'double'], default: null },
    { name: 'text', type: ['null', 'string'], default: null },
    { name: '__proto__', type: ['null', 'string'], default: null },
    { name: 'map', type: ['null', { type: 'map', values: 'int' }], default: null },
    {
      name: 'deep',
      type: [
        'null',
        { type: 'record', name: 'Deep', fields: [{ name: 'deep', type: { type: 'array', items: 'Deep' } }] },
      ],
      default: null,
    },
  ],
}

suite('the body of a publish', () => {
  let gateway: TestGateway
  let topic: string
  let path: string
  let texts: string
  let token: string
  before(async () => {
    gateway = await startGateway()
    token = await issueToken(['publish'])
    topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, anything)
    path = `/v1/topics/${topic}/events`
    const textTopic = await createTopic(untilTheRunEnds)
    await registerSchema(`${textTopic}-value`, 'string')
    texts = `/v1/topics/${textTopic}/events`
  })
  after(() => gateway[Symbol.asyncDispose]())

  const head = (length: string): string =>
    `POST ${texts} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\n${length}\r\nConnection: close\r\n\r\n`

  test('of exactly limits.eventBytes is written; of one byte more it is 413, which names the limit', async () => {
    const { api } = gateway

    const fits = await api.post(texts, textOf(mebibyte))
    const over = await api.post(texts, textOf(mebibyte + 1))
    const judged = await api.post(`${texts}/validate`, textOf(mebibyte + 1))

    assert.equal(fits.status, 201, fits.text)
    for (const { status, body } of [over, judged]) {
      assert.equal(status, 413)
      assert.equal(body.code, 'event-too-large')
      assert.equal(body.detail, 'The body is larger than 1048576 bytes (limits.eventBytes).')
    }
  })

  test('of an unknown length has the same limit, at its last byte', async () => {
    const chunked = (text: string) =>
      rawExchange(gateway.url, [
        head('Transfer-Encoding: chunked'),
        ...[text.slice(0, 1_000_000), text.slice(1_000_000)].map(
          (part) => `${part.length.toString(16)}\r\n${part}\r\n`,
        ),
        '0\r\n\r\n',
      ])

    const fits = await chunked(textOf(mebibyte))
    const over = await chunked(textOf(mebibyte + 1))

    assert.match(fits, /^HTTP\/1.1 201 /)
    assert.match(over, /^HTTP\/1.1 413 /)
    assert.equal(problemIn(over).code, 'event-too-large')
  })

  test('far over the limit is 413 for a caller that sends it whole before it reads', async () => {
    const { api } = gateway

    for (const bytes of [9, 40]) {
      const answer = await api.post(texts, textOf(bytes * mebibyte))
      assert.equal(answer.status, 413)
    }
    const batch = await api.post(`${texts}/batch`, `{"events":[{"value":${textOf(9 * mebibyte)}}]}`)
    assert.equal(batch.status, 413)
    assert.equal(batch.body.code, 'body-too-large')
    assert.equal(batch.body.detail, 'The body is larger than 8388608 bytes (limits.bodyBytes).')
  })

  test('in gzip is inflated, to the limit and not beyond', async () => {
    const { api } = gateway
    const gzip = (text: string) => api.post(texts, gzipSync(text), { headers: { 'content-encoding': 'gzip' } })

    const small = await gzip('"a"')
    const fits = await gzip(textOf(mebibyte))
    const over = await gzip(textOf(mebibyte + 1))
    const bomb = await gzip(textOf(200 * mebibyte))

    assert.equal(small.status, 201)
    assert.equal(fits.status, 201)
    assert.equal(over.status, 413)
    assert.equal(bomb.status, 413)
    assert.equal(bomb.body.code, 'event-too-large')
  })

  test('in gzip that is broken, cut or empty is 400', async () => {
    const { api } = gateway
    const whole = gzipSync('"a"'.padEnd(1_000))
    const headers = { 'content-encoding': 'gzip' }

    for (const body of [Buffer.from('"a"'), whole.subarray(0, -9), Buffer.alloc(0)]) {
      const answer = await api.post(texts, body, { headers })
      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.code, 'malformed-request')
    }
  })

  for (const encoding of ['deflate', 'br', 'gzip, gzip', 'x-unknown']) {
    test(`with Content-Encoding "${encoding}" is 415, which names those that are read`, async () => {
      const answer = await gateway.api.post(texts, '"a"', { headers: { 'content-encoding': encoding } })

      assert.equal(answer.status, 415)
      assert.equal(answer.body.code, 'unsupported-encoding')
      assert.equal(answer.headers.get('accept-encoding'), 'gzip, identity')
    })
  }

  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
    test(`of type ${type} is read`, async () => {
      const answer = await gateway.api.post(texts, '"a"', { headers: { 'content-type': type } })

      assert.equal(answer.status, 201, answer.text)
    })
  }

  for (const type of [
    'text/plain',
    '',
    'application/json; charset=utf-16',
    'application/jsonp',
    'application/*+json',
  ]) {
    test(`of type "${type}" is 415`, async () => {
      const answer = await gateway.api.post(texts, '"a"', { headers: { 'content-type': type } })

      assert.equal(answer.status, 415)
      assert.equal(answer.body.code, 'unsupported-media-type')
      assert.equal(
        answer.headers.get('accept'),
        'application/json, application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson',
      )
    })
  }

  const accepted: readonly [json: string | Buffer, member: string, value: string][] = [
    ['\ufeff{"text":"a"}', 'text', '"a"'],
    ['{"long":9007199254740993}', 'long', '9007199254740993'],
    ['{"long":-9223372036854775808}', 'long', '-9223372036854775808'],
    ['{"long":1e3}', 'long', '1000'],
    ['{"double":9007199254740994}', 'double', '9007199254740994'],
    ['{"double":0.1000000000000000055511151231257827}', 'double', '0.1'],
    ['{"__proto__":"p"}', '__proto__', '"p"'],
    ['{"map":{"__proto__":1,"constructor":2}}', 'map', '{"__proto__":1,"constructor":2}'],
    ['{"text":"\\ud83d\\ude00"}', 'text', '"😀"'],
  ]
  for (const [json, member, value] of accepted) {
    test(`${json} is written, and read back as ${value}`, async () => {
      const answer = await gateway.api.post(path, json)

      assert.equal(answer.status, 201, answer.text)
      const read = await gateway.api.get(answer.headers.get('location') as string)
      assert.ok(read.text.includes(`"${member}":${value}`), read.text)
    })
  }

  const refused: readonly [json: string, violation: string][] = [
    ['{"int":9007199254740993}', '/int out-of-range'],
    ['{"double":9007199254740993}', '/double not-exact'],
    ['{"double":1e400}', '/double out-of-range'],
    ['{"long":1e400}', '/long out-of-range'],
    ['{"long":9223372036854775808}', '/long out-of-range'],
    ['{"long":0.5}', '/long not-exact'],
    ['{"constructor":1}', '/constructor unknown-field'],
  ]
  for (const [json, violation] of refused) {
    test(`${json} is refused: ${violation}`, async () => {
      const answer = await gateway.api.post(path, json)

      assert.equal(answer.status, 422, answer.text)
      const found = answer.body.violations.map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`)
      assert.deepEqual(found, [violation])
    })
  }

  const malformed: readonly [what: string, json: string | Buffer, detail: RegExp][] = [
    ['empty', '', /it is empty/],
    ['white space', ' \n', /it is empty/],
    ['cut', '{"text":"a', /not valid JSON/],
    ['with a comma too many', '{"text":"a",}', /at position 12/],
    ['of two values', '{} {}', /not valid JSON/],
    ['not UTF-8', Buffer.from('{"text":"\xff"}', 'latin1'), /not UTF-8/],
    ['UTF-16', Buffer.from('{"text":"a"}', 'utf16le'), /not valid JSON/],
    ['with a name twice', '{"map":{"a":1,"a":2}}', /"\/map\/a"/],
    ['with a name twice, once escaped', '{"map":{"a":1,"\\u0061":2}}', /"\/map\/a"/],
    ['with half a surrogate pair', '{"text":"\\ud800"}', /surrogate/],
    ['with half a surrogate pair in a name', '{"map":{"\\udc00":1}}', /surrogate/],
    ['nested 65 levels', nested(65), /64 levels/],
    ['nested half a million levels', nested(500_000), /64 levels/],
    ['with a number of 2,000 digits', `{"long":${'1'.repeat(2_000)}}`, /1024 characters/],
    ['NaN', '{"double":NaN}', /not valid JSON/],
  ]
  for (const [what, json, detail] of malformed) {
    test(`${what} is 400 malformed-json`, async () => {
      const answer = await gateway.api.post(path, json)

      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.code, 'malformed-json')
      assert.match(answer.body.detail, detail)
    })
  }

  test('nested 64 levels is judged, in a batch too', async () => {
    const { api } = gateway

    const one = await api.post(path, nested(64))
    const batch = await api.post(`${path}/batch`, `{"events":[{"value":${nested(64)}}]}`)
    const deeper = await api.post(`${path}/batch`, `{"events":[{"value":${nested(65)}}]}`)

    assert.equal(one.body.code, 'event-refused')
    assert.equal(batch.body.code, 'batch-refused')
    assert.equal(deeper.body.code, 'malformed-json')
  })

  test('of more values than limits.jsonValues is 400, long before it would hold others up', async () => {
    const names = Array.from({ length: 500_001 }, (_, n) => `"${n.toString(36)}":1`)
    const startedAt = performance.now()

    const answer = await gateway.api.post(`${path}/batch`, `{"events":[{"value":{${names.join()}}}]}`)

    assert.equal(answer.status, 400)
    assert.equal(answer.body.detail, 'The JSON has more than 500000 values (limits.jsonValues).')
    assert.ok(performance.now() - startedAt < 5_000)
  })

  test('that was judged is not written', async () => {
    const before = await nextOffsets(gateway.api, topic)

    const valid = await gateway.api.post(`${path}/validate`, '{"text":"a"}')
    const refused = await gateway.api.post(`${path}/validate?key=k`, '{"text":1}')

    assert.equal(valid.status, 200)
    assert.equal(valid.body.outcome, 'valid')
    assert.equal(valid.body.encodedBytes, 5 + 9)
    assert.equal(refused.status, 200)
    assert.equal(refused.body.outcome, 'refused')
    assert.equal(refused.body.violations[0].pointer, '/text')
    assert.deepEqual(await nextOffsets(gateway.api, topic), before)
  })
})
