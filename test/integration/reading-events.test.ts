import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import avsc from 'avsc'
import { avscType } from '../support/avsc-oracle.ts'
import { gatewayFor, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, deleteRecords } from '../support/kafka.ts'
import { openRawWriter, type RawWriter } from '../support/raw-records.ts'
import { numberSchema, numbersOf, numberTopic, publishNumbers, readPage } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'

const numbered = avsc.Type.forSchema(numberSchema as avsc.Schema)
const framed = (id: number, datum: Buffer): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(id, 1)
  return Buffer.concat([prefix, datum])
}

suite('an event as it is read', () => {
  let gateway: TestGateway
  let raw: RawWriter
  const closers: (() => unknown)[] = []
  before(async () => {
    gateway = await startGateway()
    raw = await openRawWriter({ after: (close) => closers.push(close as () => unknown) })
  })
  after(async () => {
    for (const close of closers) await close()
    await gateway[Symbol.asyncDispose]()
  })

  test('records that cannot be decoded are error entries in their places, and the read goes on', async (t) => {
    const topic = await createTopic(t)
    const id = await registerSchema(`${topic}-value`, numberSchema)
    const good = (n: number) => ({ value: framed(id, numbered.toBuffer({ n })) })
    await raw.write(
      topic,
      good(0),
      { value: Buffer.from('{"n":1}') },
      good(2),
      { value: framed(999_999_999, numbered.toBuffer({ n: 3 })) },
      { value: framed(id, Buffer.alloc(0)) },
      { value: framed(id, Buffer.concat([numbered.toBuffer({ n: 5 }), Buffer.from('rest')])) },
      { value: Buffer.alloc(0) },
      { value: Buffer.from([0, 0, 0]) },
      good(8),
    )

    const { events, atEnd } = await readPage(gateway.api, topic)

    assert.equal(atEnd, true)
    assert.deepEqual(
      events.map(({ offset }) => offset),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    )
    const errors = [
      '',
      'undecodable',
      '',
      'schema-unknown',
      'undecodable',
      'undecodable',
      'undecodable',
      'undecodable',
      '',
    ]
    assert.deepEqual(
      events.map(({ error }) => error?.code ?? ''),
      errors,
    )
    assert.ok(events.every((event) => 'value' in event !== 'error' in event))
    assert.deepEqual(events[8]?.value, { n: 8 })
    assert.match(events[1]?.error?.detail ?? '', /does not name a schema/)
    assert.match(events[3]?.error?.detail ?? '', /id 999999999/)
    assert.deepEqual(events[4]?.schema, { subject: `${topic}-value`, version: 1, id })
    const one = await gateway.api.get(`/v1/topics/${topic}/partitions/0/events/4`)
    assert.deepEqual(one.body, events[4])
  })

  test('a schema id in the header goes before the bytes of the value, as an id or as a GUID', async (t) => {
    const topic = await createTopic(t)
    const id = await registerSchema(`${topic}-value`, numberSchema)
    const idHeader = Buffer.alloc(5)
    idHeader.writeUInt32BE(id, 1)
    const guidHeader = Buffer.concat([Buffer.from([1]), Buffer.from('00112233445566778899aabbccddeeff', 'hex')])
    await raw.write(
      topic,
      { value: numbered.toBuffer({ n: 7 }), headers: [{ __value_schema_id: idHeader }] },
      { value: numbered.toBuffer({ n: 8 }), headers: [{ __value_schema_id: Buffer.from('nonsense') }] },
    )

    const { events } = await readPage(gateway.api, topic)

    assert.deepEqual(events[0]?.value, { n: 7 })
    assert.deepEqual(events[0]?.schema, { subject: `${topic}-value`, version: 1, id })
    assert.equal(events[1]?.error?.code, 'undecodable')
    assert.equal(events[1]?.headers.__value_schema_id, 'nonsense')
    await raw.write(topic, { value: numbered.toBuffer({ n: 9 }), headers: [{ __value_schema_id: guidHeader }] })
    const impatient = await gatewayFor(t, { env: { HEADGATE_REGISTRY_TIMEOUT_MS: '300' } })
    const unknown = await impatient.api.get(`/v1/topics/${topic}/partitions/0/events/2`)
    // A registry that knows no GUIDs may answer 404, or not at all: both are told apart from "undecodable".
    const said = unknown.status === 200 ? unknown.body.error.code : unknown.body.code
    assert.match(said, /^(schema-unknown|registry-unavailable)$/, unknown.text)
  })

  test('a tombstone has the value null and no schema; an event without a key has null, an empty one has ""', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 1)
    await raw.write(topic, { key: Buffer.from('gone'), value: null }, { key: Buffer.alloc(0), value: null })

    const { events } = await readPage(gateway.api, topic)

    assert.deepEqual(
      events.map(({ key, value, schema }) => ({ key, value, hasSchema: schema !== null })),
      [
        { key: null, value: { n: 0 }, hasSchema: true },
        { key: 'gone', value: null, hasSchema: false },
        { key: '', value: null, hasSchema: false },
      ],
    )
  })

  test('keys and header values are strings where they are UTF-8 and base64 where not; repeated headers are an array', async (t) => {
    const topic = await createTopic(t)
    const bytes = Buffer.from([0xff, 0x00, 0xfe])
    await raw.write(topic, {
      key: bytes,
      value: null,
      headers: [
        { plain: 'text' },
        { twice: 'one' },
        { binary: bytes },
        { twice: bytes },
        { twice: 'three' },
        { ключ: 'значение' },
        { empty: '' },
        { constructor: 'an ordinary name' },
      ] as never,
    })

    const { events } = await readPage(gateway.api, topic)

    const base64 = bytes.toString('base64')
    assert.deepEqual(events[0]?.key, { base64 })
    assert.deepEqual(events[0]?.headers, {
      plain: 'text',
      twice: ['one', { base64 }, 'three'],
      binary: { base64 },
      ключ: 'значение',
      empty: '',
      constructor: 'an ordinary name',
    })
  })

  test('64-bit integers are exact in the JSON text, as numbers or with `longs=string` as strings', async (t) => {
    const topic = await createTopic(t)
    const schema = { type: 'record', name: 'Long', fields: [{ name: 'n', type: 'long' }] }
    const id = await registerSchema(`${topic}-value`, schema)
    const values = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 7n]
    await raw.write(topic, ...values.map((n) => ({ value: framed(id, avscType(schema).toBuffer({ n })) })))

    const asNumbers = await gateway.api.get(`/v1/topics/${topic}/events`)
    const asStrings = await gateway.api.get(`/v1/topics/${topic}/events?longs=string`)
    const one = await gateway.api.get(`/v1/topics/${topic}/partitions/0/events/0?longs=string`)

    assert.deepEqual(
      [...asNumbers.text.matchAll(/"value":(\{[^}]*\})/g)].map(([, value]) => value),
      values.map((n) => `{"n":${n}}`),
    )
    assert.deepEqual(
      asStrings.body.events.map(({ value }: { value: unknown }) => value),
      values.map((n) => ({ n: String(n) })),
    )
    assert.deepEqual(one.body.value, { n: '9223372036854775807' })
  })

  test('each event names the schema version that it was written with, also after the schema evolved', async (t) => {
    const topic = await createTopic(t)
    const wider = { ...numberSchema, fields: [...numberSchema.fields, { name: 'note', type: 'string', default: '' }] }
    const first = await registerSchema(`${topic}-value`, numberSchema)
    await raw.write(topic, { value: framed(first, numbered.toBuffer({ n: 1 })) })
    const second = await registerSchema(`${topic}-value`, wider)
    await raw.write(topic, {
      value: framed(second, avsc.Type.forSchema(wider as avsc.Schema).toBuffer({ n: 2, note: 'x' })),
    })

    const { events } = await readPage(gateway.api, topic)

    assert.deepEqual(
      events.map(({ value }) => value),
      [{ n: 1 }, { n: 2, note: 'x' }],
    )
    assert.deepEqual(
      events.map(({ schema }) => schema),
      [
        { subject: `${topic}-value`, version: 1, id: first },
        { subject: `${topic}-value`, version: 2, id: second },
      ],
    )
  })

  test("an event written by another subject's schema is decoded; its subject and version are null", async (t) => {
    const topic = await numberTopic(t)
    const foreign = { type: 'record', name: uniqueName('F').replace('-', '_'), fields: [{ name: 'x', type: 'string' }] }
    const id = await registerSchema(uniqueName('foreign'), foreign)
    await raw.write(topic, { value: framed(id, avsc.Type.forSchema(foreign as avsc.Schema).toBuffer({ x: 'y' })) })

    const { events } = await readPage(gateway.api, topic)

    assert.deepEqual(events[0]?.value, { x: 'y' })
    assert.deepEqual(events[0]?.schema, { subject: null, version: null, id })
  })

  test('a schemaless topic gives JSON with all its digits, and error entries where there is none', async (t) => {
    const topic = uniqueName('schemaless')
    const open = await gatewayFor(t, { contracts: [`{ topic: ${topic}, schemaless: true }`] })
    await createTopic(t, { name: topic })
    await raw.write(topic, { value: Buffer.from('{"n":9007199254740993}') }, { value: Buffer.from('not json') })

    const answer = await open.api.get(`/v1/topics/${topic}/events`)

    assert.match(answer.text, /"value":\{"n":9007199254740993\},"schema":null/)
    assert.equal(answer.body.events[1].error.code, 'undecodable')
  })

  test('a page of many decodes is in the order of the records, whatever schema each was written with', async (t) => {
    const topic = await createTopic(t)
    const ids: number[] = []
    for (const field of ['a', 'b', 'c']) {
      ids.push(await registerSchema(`${topic}-${field}`, { ...numberSchema, fields: [{ name: field, type: 'int' }] }))
    }
    await raw.write(
      topic,
      ...Array.from({ length: 300 }, (_, n) => ({ value: framed(ids[n % 3] as number, numbered.toBuffer({ n })) })),
    )

    const { events } = await readPage(gateway.api, topic)

    assert.deepEqual(
      events.map(({ value }) => Object.values(value as object)[0]),
      Array.from({ length: 300 }, (_, n) => n),
    )
  })

  test('one event is read by partition and offset: 404 beyond the end and for a partition that is not, 410 where it is gone', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 5)
    await deleteRecords(topic, 0, 2)
    const read = (path: string) => gateway.api.get(`/v1/topics/${topic}/partitions/${path}`)

    const [there, end, far, absent, gone] = [
      await read('0/events/3'),
      await read('0/events/5'),
      await read('0/events/9007199254740991'),
      await read('1/events/0'),
      await read('0/events/1'),
    ]

    assert.deepEqual(there.body.value, { n: 3 })
    assert.deepEqual([end.status, end.body.code], [404, 'event-not-found'])
    assert.deepEqual([far.status, far.body.code], [404, 'event-not-found'])
    assert.deepEqual([absent.status, absent.body.code], [404, 'partition-not-found'])
    assert.deepEqual([gone.status, gone.body.code], [410, 'cursor-expired'])
    assert.deepEqual(gone.body.gone, [{ partition: 0, from: 1, to: 2 }])
    for (const path of ['0/events/-1', '0/events/1e3', 'x/events/1', '0/events/9007199254740992']) {
      assert.equal((await read(path)).body.code, 'invalid-parameter', path)
    }
    assert.equal((await gateway.api.get('/v1/topics/no-such/partitions/0/events/0')).body.code, 'topic-not-found')
    assert.deepEqual(numbersOf(await readPage(gateway.api, topic)), [2, 3, 4])
  })
})
