import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ApiAnswer } from '../support/api.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'

type Fault = [pointer: string, message: RegExp]

const one = 'application/cloudevents+json'
const several = 'application/cloudevents-batch+json'
const data = { id: 'o-1', amount: '1.00' }
const event = { specversion: '1.0', id: '1', source: '/shop', type: 'placed', data }
const ce = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'placed' }

suite('what is wrong with a CloudEvent', () => {
  const keyed = uniqueName('keyed')
  let gateway: TestGateway
  let path: string
  before(async () => {
    gateway = await startGateway({ contracts: [`topic: ${keyed}\nkey:\n  field: /id\n`] })
    await createTopic(untilTheRunEnds, { name: keyed })
    await registerSchema(`${keyed}-value`, orderSchema)
    const topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, orderSchema)
    path = `/v1/topics/${topic}/events`
  })
  after(() => gateway[Symbol.asyncDispose]())

  const structured = (body: unknown, search = '', headers = {}): Promise<ApiAnswer> =>
    gateway.api.post(`${path}${search}`, body, { headers: { 'content-type': one, ...headers } })
  const binary = (headers: Record<string, string>, search = ''): Promise<ApiAnswer> =>
    gateway.api.post(`${path}${search}`, data, { headers })

  function assertFaults({ status, body, text }: ApiAnswer, code: string, place: string, faults: Fault[]): void {
    assert.equal(status, 400, text)
    assert.equal(body.code, code)
    assert.equal(body.faults.length, faults.length, text)
    for (const [index, [pointer, message]] of faults.entries()) {
      assert.equal(body.faults[index].in, place)
      assert.equal(body.faults[index].pointer, pointer)
      assert.match(body.faults[index].message, message)
    }
  }

  const inBody: [fact: string, body: unknown, faults: Fault[]][] = [
    ['no attributes', {}, ['specversion', 'id', 'source', 'type'].map((name) => ['', new RegExp(`'${name}'`)])],
    [
      'required attributes that are null',
      { ...event, id: null, type: null },
      [
        ['/id', /string/],
        ['/type', /string/],
      ],
    ],
    [
      'required attributes that are empty',
      { ...event, id: '', source: '' },
      [
        ['/id', /fewer/],
        ['/source', /fewer/],
      ],
    ],
    ['another version', { ...event, specversion: '0.3' }, [['/specversion', /^must be "1\.0"$/]]],
    ['a source that is no URI reference', { ...event, source: 'a b' }, [['/source', /uri-reference/]]],
    ['a time that is none', { ...event, time: 'yesterday' }, [['/time', /date-time/]]],
    ['a dataschema that is not absolute', { ...event, dataschema: '/schema' }, [['/dataschema', /uri/]]],
    ['a name with a capital', { ...event, traceId: 'x' }, [['', /"traceId"/]]],
    ['a name with an underscore', { ...event, trace_id: 'x' }, [['', /"trace_id"/]]],
    ['an attribute that is an object', { ...event, trace: {} }, [['/trace', /string/]]],
    ['an attribute that has a fraction', { ...event, ratio: 0.5 }, [['/ratio', /integer/]]],
    ['an integer of more than 32 bits', { ...event, count: 2 ** 31 }, [['/count', /2147483647/]]],
    [
      'control characters',
      { ...event, id: 'a\nb', subject: '\u0085' },
      [
        ['/id', /control/],
        ['/subject', /control/],
      ],
    ],
    ['a noncharacter', { ...event, id: '\u{1fffe}' }, [['/id', /noncharacter/]]],
    ['data that is not JSON', { ...event, datacontenttype: 'text/xml', data: '<a/>' }, [['/datacontenttype', /JSON/]]],
    ['data twice', { ...event, data_base64: 'e30=' }, [['/data_base64', /excludes data/]]],
    ['data in no base64', { ...event, data: undefined, data_base64: 'e3*=' }, [['/data_base64', /not base64/]]],
    ['base64 of no JSON', { ...event, data: undefined, data_base64: '/w==' }, [['/data_base64', /not UTF-8/]]],
    ['an empty partitionkey', { ...event, partitionkey: '' }, [['/partitionkey', /fewer/]]],
  ]
  for (const [fact, body, faults] of inBody) {
    test(`in structured mode: ${fact}`, async () => {
      assertFaults(await structured(body), 'invalid-body', 'body', faults)
    })
  }

  const inHeaders: [fact: string, headers: Record<string, string>, faults: Fault[]][] = [
    [
      'three of the required',
      { 'ce-id': '1' },
      ['ce-specversion', 'ce-source', 'ce-type'].map((name) => [name, /requ/]),
    ],
    ['another version', { ...ce, 'ce-specversion': '0.3' }, [['ce-specversion', /^must be "1\.0"$/]]],
    ['a source that is no URI reference', { ...ce, 'ce-source': 'a%20b' }, [['ce-source', /uri-reference/]]],
    [
      'a time that is none',
      { ...ce, 'ce-time': 'now', 'ce-dataschema': 'x' },
      [
        ['ce-time', /date/],
        ['ce-dataschema', /uri/],
      ],
    ],
    ['UTF-8 that is too long', { ...ce, 'ce-subject': '%C0%A0' }, [['ce-subject', /percent-encoded UTF-8/]]],
    ['a percent sign alone', { ...ce, 'ce-subject': '50% off' }, [['ce-subject', /percent-encoded UTF-8/]]],
    ['bytes beyond ASCII', { ...ce, 'ce-subject': 'é' }, [['ce-subject', /printable ASCII/]]],
    ['an encoded line feed', { ...ce, 'ce-subject': 'a%0Ab' }, [['ce-subject', /control/]]],
    ['a name with a dash', { ...ce, 'ce-trace-id': 'x' }, [['ce-trace-id', /letters and digits/]]],
    ['data in a header', { ...ce, 'ce-data': 'x' }, [['ce-data', /is the body/]]],
    ['a second content type', { ...ce, 'ce-datacontenttype': 'a/b' }, [['ce-datacontenttype', /Content-Type/]]],
  ]
  for (const [fact, headers, faults] of inHeaders) {
    test(`in binary mode: ${fact}`, async () => {
      assertFaults(await binary(headers), 'invalid-parameter', 'header', faults)
    })
  }

  test('in a batch is named by the place of its event, all events of it', async () => {
    const body = [event, { ...event, id: 'a\tb' }, { ...event, type: '\u0000' }]

    const answer = await gateway.api.post(path, body, { headers: { 'content-type': several } })

    assertFaults(answer, 'invalid-body', 'body', [
      ['/1/id', /control/],
      ['/2/type', /control/],
    ])
  })

  test('is not a batch in the wrong place: 400 for an object, an empty one, and parameters of one event', async () => {
    const headers = { 'content-type': several }

    const object = await gateway.api.post(path, event, { headers })
    const empty = await gateway.api.post(path, [], { headers })
    const parameters = await gateway.api.post(`${path}?key=k&partition=0`, [event], { headers })
    const header = await gateway.api.post(path, [event], { headers: { ...headers, 'event-key': 'k' } })

    assertFaults(object, 'invalid-body', 'body', [['', /array/]])
    assert.equal(empty.body.code, 'empty-batch', empty.text)
    assertFaults(parameters, 'invalid-parameter', 'query', [
      ['key', /one event/],
      ['partition', /one event/],
    ])
    assertFaults(header, 'invalid-parameter', 'header', [['Event-Key', /one event/]])
  })

  for (const type of ['application/cloudevents+avro', 'application/cloudevents', 'text/xml', 'application/x-ndjson']) {
    test(`in binary mode is a body of ${type}: 415`, async () => {
      const answer = await binary({ ...ce, 'content-type': type })

      assert.equal(answer.status, 415, answer.text)
      assert.equal(answer.body.code, 'unsupported-media-type')
    })
  }

  test('are Event-Headers that its attributes take, each of them', async () => {
    const headers = { 'event-headers': '{"ce_id":"x","Content-Type":"y","ok":"z"}' }

    const faults: Fault[] = [
      ['Event-Headers', /"ce_id"/],
      ['Event-Headers', /"Content-Type"/],
    ]
    assertFaults(await structured(event, '', headers), 'invalid-parameter', 'header', faults)
    assertFaults(await binary({ ...ce, ...headers }), 'invalid-parameter', 'header', faults)
  })

  test('is a key beside it that is not its partitionkey; the same key is none', async () => {
    const keyedEvent = { ...event, partitionkey: 'k' }

    const inHeader = await structured(keyedEvent, '', { 'event-key': 'other' })
    const inQuery = await structured(keyedEvent, '?key=other')
    const same = await structured(keyedEvent, '?key=k')
    const alone = await structured(event, '?key=k')

    assertFaults(inHeader, 'invalid-parameter', 'header', [['Event-Key', /partitionkey/]])
    assertFaults(inQuery, 'invalid-parameter', 'query', [['key', /partitionkey/]])
    assert.equal(same.status, 201, same.text)
    assert.equal(alone.status, 201, alone.text)
  })

  test('is a partitionkey that is not the key of the contract', async () => {
    const publish = (partitionkey: string) =>
      gateway.api.post(`/v1/topics/${keyed}/events`, { ...event, partitionkey }, { headers: { 'content-type': one } })

    const other = await publish('o-2')
    const same = await publish('o-1')

    assert.equal(other.status, 422, other.text)
    assert.equal(other.body.violations[0].code, 'key-mismatch')
    assert.equal(same.status, 201, same.text)
  })

  test('is no data where there is no key either: it would be a tombstone', async () => {
    const answer = await structured({ ...event, data: undefined })

    assert.equal(answer.status, 422, answer.text)
    assert.equal(answer.body.violations[0].code, 'key-missing')
  })

  test('are more attributes than an event may have headers', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x${index}`, 'y']))

    const answer = await structured({ ...event, ...many })

    assert.equal(answer.status, 422, answer.text)
    assert.equal(answer.body.violations[0].code, 'headers-too-large')
    assert.match(answer.body.violations[0].found, /^65 headers/)
  })

  test('is told by a dry run, which judges what is right', async () => {
    const validate = (body: unknown, type: string) =>
      gateway.api.post(`${path}/validate`, body, { headers: { 'content-type': type } })

    const valid = await validate({ ...event, partitionkey: 'k' }, one)
    const batch = await validate([event, { ...event, data: {} }], several)
    const inBinary = await gateway.api.post(`${path}/validate`, data, { headers: ce })

    assert.deepEqual([valid.body.outcome, valid.body.key], ['valid', 'k'], valid.text)
    assert.deepEqual(
      batch.body.judgements.map(({ outcome }: { outcome: string }) => outcome),
      ['valid', 'refused'],
    )
    assert.equal(inBinary.body.outcome, 'valid', inBinary.text)
    assertFaults(
      await validate({}, one),
      'invalid-body',
      'body',
      ['specversion', 'id', 'source', 'type'].map((name) => ['', new RegExp(`'${name}'`)]),
    )
  })
})
