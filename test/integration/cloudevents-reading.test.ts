import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { CloudEvent, HTTP } from 'cloudevents'
import type { ApiAnswer } from '../support/api.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { openRawWriter, type RawWriter } from '../support/raw-records.ts'
import { numberSchema } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'

const json = 'application/json'
const one = 'application/cloudevents+json'
const several = 'application/cloudevents-batch+json'
const text = (headers: Record<string, string>) => Object.entries(headers).map(([name, value]) => ({ [name]: value }))

suite('reading as CloudEvents', () => {
  const schemaless = uniqueName('schemaless')
  let gateway: TestGateway
  let topic: string
  let writer: RawWriter
  const closers: (() => unknown)[] = []
  before(async () => {
    gateway = await startGateway({ contracts: [`topic: ${schemaless}\nschemaless: true\n`] })
    await createTopic(untilTheRunEnds, { name: schemaless })
    topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, numberSchema)
    writer = await openRawWriter({ after: (close) => closers.push(close as () => unknown) })
  })
  after(async () => {
    for (const close of closers) await close()
    await gateway[Symbol.asyncDispose]()
  })

  const readAs = (accept: string, offset: number | undefined, of = topic): Promise<ApiAnswer> =>
    gateway.api.get(`/v1/topics/${of}/partitions/0/events/${offset}`, { headers: { accept } })

  async function published(value: unknown, search = ''): Promise<number> {
    const answer = await gateway.api.post(`/v1/topics/${topic}/events${search}`, value)
    assert.equal(answer.status, 201, answer.text)
    return answer.body.offset
  }

  test('gives an event that was none its place, its topic, its time and its key as attributes', async () => {
    const offset = await published({ n: 1 }, '?key=k%C3%A9&timestamp=2026-03-01T09:30:00Z')

    const { body, text: sent, headers } = await readAs(one, offset)

    assert.deepEqual(body, {
      specversion: '1.0',
      id: `${topic}/0/${offset}`,
      source: `/v1/topics/${topic}`,
      type: topic,
      time: '2026-03-01T09:30:00.000Z',
      partitionkey: 'ké',
      datacontenttype: json,
      data: { n: 1 },
    })
    const event = HTTP.toEvent({ headers: Object.fromEntries(headers), body: sent }) as CloudEvent
    assert.equal(event.validate(), true)
  })

  test('gives a tombstone no data, and no key that is not text', async () => {
    const tombstone = await published(null, '?key=gone')
    const [binaryKey] = await writer.write(schemaless, { key: Buffer.from([0xff]), value: Buffer.from('{}') })

    const deleted = await readAs(one, tombstone)
    const keyed = await readAs(one, binaryKey, schemaless)

    assert.equal(deleted.body.partitionkey, 'gone')
    assert.equal('data' in deleted.body || 'datacontenttype' in deleted.body, false)
    assert.equal('partitionkey' in keyed.body, false)
  })

  test('gives a record that cannot be decoded a type of its own, in its place', async () => {
    const place = await createTopic(untilTheRunEnds)
    await registerSchema(`${place}-value`, numberSchema)
    const headers = text({ ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: 'deleted' })
    await writer.write(place, { value: Buffer.from('no Avro'), headers }, { value: null, key: Buffer.from('k') })

    const page = await gateway.api.get(`/v1/topics/${place}/events`, { headers: { accept: several } })

    assert.equal(page.body.length, 2)
    const [broken, next] = page.body
    assert.deepEqual([broken.type, broken.id], ['headgate.undecodable', `${place}/0/0`])
    assert.match(broken.data.detail, /does not name a schema/)
    assert.equal(next.partitionkey, 'k')
  })

  test('takes the attributes of a foreign CloudEvent as they are, but what cannot be one', async () => {
    const required = { ce_specversion: '1.0', ce_id: '7', ce_source: '/s', ce_type: 't' }
    const odd = { ce_Name: 'x', ce_data: 'x', ce_datacontenttype: 'x/y', ce_control: 'a\nb', other: 'x' }
    const headers = text({ ...required, ce_count: '5', ...odd, 'content-type': 'application/avro' })
    const [offset] = await writer.write(schemaless, { value: Buffer.from('{"n":1}'), headers })

    const { body } = await readAs(one, offset, schemaless)

    const data = { n: 1 }
    assert.deepEqual(body, {
      specversion: '1.0',
      id: '7',
      source: '/s',
      type: 't',
      count: '5',
      datacontenttype: json,
      data,
    })
  })

  test('makes attributes where a required one is absent, empty, repeated or of another version', async () => {
    const required = { ce_specversion: '1.0', ce_id: '7', ce_source: '/s', ce_type: 't' }
    const { ce_id: _id, ...without } = required
    const records = [without, { ...required, ce_id: '' }, { ...required, ce_specversion: '0.3' }].map(text)
    records.push([...text(required), { ce_id: '8' }])
    const offsets = await writer.write(schemaless, ...records.map((headers) => ({ value: Buffer.from('{}'), headers })))

    for (const offset of offsets) {
      const { body } = await readAs(one, offset, schemaless)
      assert.deepEqual([body.id, body.type], [`${schemaless}/0/${offset}`, schemaless])
    }
  })

  test('takes a record in structured mode out of its value', async () => {
    const event = new CloudEvent({ id: '9', source: '/s', type: 't', data: { n: 1 } })
    const headers = text({ 'content-type': 'application/cloudevents+json; charset=UTF-8' })
    const [offset] = await writer.write(schemaless, { value: Buffer.from(event.toString()), headers })

    const { headers: sent, text: body } = await readAs(one, offset, schemaless)

    assert.deepEqual(HTTP.toEvent({ headers: Object.fromEntries(sent), body }), event)
  })

  test('writes 64-bit integers as it is asked to', async () => {
    const longs = await createTopic(untilTheRunEnds)
    await registerSchema(`${longs}-value`, 'long')
    const path = `/v1/topics/${longs}/events`
    await gateway.api.post(path, '9007199254740993')

    const asText = await gateway.api.get(`${path}?longs=string`, { headers: { accept: several } })
    const asNumber = await gateway.api.get(path, { headers: { accept: several } })

    assert.equal(asText.body[0].data, '9007199254740993')
    assert.match(asNumber.text, /"data":9007199254740993[,}]/)
  })

  const accepted: [accept: string | undefined, type: string | 406][] = [
    [undefined, json],
    ['*/*', json],
    ['application/*', json],
    ['text/html, */*;q=0.1', json],
    [several, several],
    ['Application/CloudEvents-Batch+JSON; charset=UTF-8', several],
    [`${several};q=0.5, ${json}`, json],
    [`${json};q=0.5, ${several}`, several],
    [`${json};q=0, */*`, several],
    [one, 406],
    ['text/html', 406],
    [`${json};q=0`, 406],
  ]
  for (const [accept, type] of accepted) {
    test(`answers ${type} to Accept: ${accept}`, async () => {
      // fetch sends */* of its own: an empty list is what leaves the choice.
      const answer = await gateway.api.get(`/v1/topics/${topic}/events`, { headers: { accept: accept ?? '' } })

      assert.equal(answer.headers.get('vary'), 'Accept')
      if (type === 406) {
        assert.equal(answer.status, 406, answer.text)
        assert.equal(answer.body.code, 'not-acceptable')
      } else {
        assert.equal(answer.status, 200, answer.text)
        assert.equal(answer.headers.get('content-type'), type)
        assert.equal(answer.headers.has('event-cursor'), type === several)
      }
    })
  }

  test('of one event offers one: a batch of it is 406', async () => {
    const offset = await published({ n: 2 })

    assert.equal((await readAs(several, offset)).status, 406)
    assert.equal((await readAs(`${several}, ${one};q=0.1`, offset)).headers.get('content-type'), one)
  })
})
