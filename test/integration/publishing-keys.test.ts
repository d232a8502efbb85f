import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { registerSchema } from '../support/schemas.ts'

const byId = uniqueName('by-id')
const byNumber = uniqueName('by-number')
const contracts = [byId, byNumber].map((topic) => `topic: ${topic}\nkey: { field: /id }\n`)

suite('the key of an event', () => {
  let gateway: TestGateway
  let path: string
  before(async () => {
    gateway = await startGateway({ contracts })
    const topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, 'string')
    path = `/v1/topics/${topic}/events`
  })
  after(() => gateway[Symbol.asyncDispose]())

  const keyOf = async (answer: { headers: Headers; status: number; text: string }): Promise<unknown> => {
    assert.equal(answer.status, 201, answer.text)
    return (await gateway.api.get(answer.headers.get('location') as string)).body.key
  }

  const given: readonly [how: string, search: string, headers: Record<string, string>, key: string | null][] = [
    ['absent is none', '', {}, null],
    ['in the header', '', { 'event-key': 'o-1' }, 'o-1'],
    ['empty in the header is an empty key', '', { 'event-key': '' }, ''],
    ['with a comma in the header', '', { 'event-key': 'a, b' }, 'a, b'],
    ['in the query', '?key=o-1', {}, 'o-1'],
    ['empty in the query is an empty key', '?key=', {}, ''],
    ['in the query without a value is an empty key', '?key', {}, ''],
    ['beyond ASCII in the query', '?key=%E9%8D%B5+%C3%A9%2F%26', {}, '鍵 é/&'],
    ['of 8 KiB', `?key=${'k'.repeat(8_192)}`, {}, 'k'.repeat(8_192)],
  ]
  for (const [how, search, headers, key] of given) {
    test(`${how}: it is read back as given`, async () => {
      const answer = await gateway.api.post(`${path}${search}`, '"a"', { headers })

      assert.equal(await keyOf(answer), key)
    })
  }

  test('in header and query, or beyond ASCII in the header, is 400', async () => {
    const both = await gateway.api.post(`${path}?key=a`, '"a"', { headers: { 'event-key': 'a' } })
    const latin = await gateway.api.post(path, '"a"', { headers: { 'event-key': 'caf\u00e9' } })
    const twice = await gateway.api.post(`${path}?key=a&key=b`, '"a"')

    for (const { status, body } of [both, latin, twice]) {
      assert.equal(status, 400)
      assert.equal(body.code, 'invalid-parameter')
      assert.equal(body.faults.length, 1)
    }
  })

  test('over 8 KiB is refused', async () => {
    const key = 'é'.repeat(4_097)

    const one = await gateway.api.post(`${path}?key=${'k'.repeat(8_193)}`, '"a"')
    const batch = await gateway.api.post(`${path}/batch`, { events: [{ value: 'a', key }] })

    const [violation] = one.body.violations
    assert.equal(one.status, 422)
    assert.deepEqual([violation.in, violation.code, violation.found], ['key', 'key-too-large', '8193 bytes'])
    assert.equal(batch.body.outcomes[0].violations[0].found, '8194 bytes')
  })

  test('in a batch is text, base64 or none, and is given back as text where it is UTF-8', async () => {
    const keys = ['', '鍵', null, { base64: '' }, { base64: '/wA=' }, { base64: 'b2s=' }]

    const answer = await gateway.api.post(`${path}/batch`, { events: keys.map((key) => ({ value: 'a', key })) })

    assert.equal(answer.status, 201, answer.text)
    const { offset } = answer.body.outcomes[0]
    const page = await gateway.api.get(path)
    assert.deepEqual(
      page.body.events.slice(offset).map(({ key }: { key: unknown }) => key),
      ['', '鍵', null, '', { base64: '/wA=' }, 'ok'],
    )
  })

  test('is taken from the field that the contract names; a key that says another is refused', async (t) => {
    const { api } = gateway
    await createTopic(t, { name: byId })
    await registerSchema(`${byId}-value`, record('string'))
    const own = `/v1/topics/${byId}/events`

    const taken = await api.post(own, { id: 'o-é' })
    const same = await api.post(`${own}?key=o-1`, { id: 'o-1' })
    const empty = await api.post(own, { id: '' })
    const bytes = await api.post(`${own}/batch`, { events: [{ value: { id: 'ok' }, key: { base64: 'b2s=' } }] })
    const other = await api.post(`${own}?key=o-2`, { id: 'o-1' })
    const missing = await api.post(own, {})

    assert.equal(await keyOf(taken), 'o-é')
    assert.equal(await keyOf(same), 'o-1')
    assert.equal(await keyOf(empty), '')
    assert.equal(bytes.status, 201, bytes.text)
    assert.deepEqual(codesOf(other.body), ['key-mismatch'])
    assert.deepEqual(codesOf(missing.body), ['missing-field', 'key-missing'])
    assert.deepEqual(await nextOffsets(api, byId), [4])
  })

  test('from a number has all its digits, beyond 2^53 too', async (t) => {
    const { api } = gateway
    await createTopic(t, { name: byNumber })
    await registerSchema(`${byNumber}-value`, record('long'))
    const own = `/v1/topics/${byNumber}/events`
    const longs = ['0', '-5', '9007199254740992', '9007199254740993', '1000000000000000000', '-9223372036854775808']

    for (const long of longs) {
      assert.equal(await keyOf(await api.post(own, `{"id":${long}}`)), long)
      assert.equal(await keyOf(await api.post(`${own}?key=${long}`, `{"id":${long}}`)), long)
    }
    assert.equal(await keyOf(await api.post(own, '{"id":-0}')), '0')
    assert.deepEqual(codesOf((await api.post(own, '{"id":1.5}')).body), ['not-exact', 'key-missing'])
  })

  test('is what a tombstone needs: one without is refused, written or judged', async () => {
    const { api } = gateway

    const without = await api.post(path, 'null')
    const judged = await api.post(`${path}/validate`, 'null')
    const tombstone = await api.post(`${path}?key=gone`, 'null')

    assert.deepEqual(codesOf(without.body), ['key-missing'])
    assert.deepEqual(codesOf(judged.body), ['key-missing'])
    assert.equal(tombstone.status, 201)
    assert.equal(tombstone.body.schema, null)
    const read = await api.get(tombstone.headers.get('location') as string)
    assert.deepEqual([read.body.key, read.body.value, read.body.schema], ['gone', null, null])
  })
})

const record = (type: string): unknown => ({ type: 'record', name: 'Keyed', fields: [{ name: 'id', type }] })

const codesOf = ({ violations }: { violations: { code: string }[] }): string[] => violations.map(({ code }) => code)
