import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isJsonType } from '../../../src/cloudevents/media-types.ts'
import { readStructured } from '../../../src/cloudevents/structured-mode.ts'

const required = { specversion: '1.0', id: '1', source: '/s', type: 't' }
const base64 = (text: string): string => Buffer.from(text).toString('base64')

suite('readStructured', () => {
  test('writes attributes in their canonical text, and leaves out those that are null', () => {
    const { event, faults } = readStructured({ ...required, flag: true, count: -5, subject: null, data: 1 }, '', 64)

    assert.deepEqual(faults, [])
    assert.deepEqual(event, {
      value: 1,
      headers: {
        ce_specversion: '1.0',
        ce_id: '1',
        ce_source: '/s',
        ce_type: 't',
        ce_flag: 'true',
        ce_count: '-5',
      },
      contentType: 'application/json',
    })
  })

  test('keeps partitionkey as an attribute where it is the key', () => {
    const { event } = readStructured({ ...required, partitionkey: 'k', data: {} }, '', 64)

    assert.equal(event.key, 'k')
    assert.equal(event.headers?.ce_partitionkey, 'k')
  })

  for (const [fact, envelope] of [
    ['absent data', required],
    ['null data', { ...required, data: null }],
    ['null in base64', { ...required, data_base64: base64('null') }],
  ] as const) {
    test(`takes ${fact} for no value, of no content type`, () => {
      const { event } = readStructured(envelope, '', 64)

      assert.equal(event.value, null)
      assert.equal('contentType' in event, false)
    })
  }

  test('reads JSON out of data_base64, as strictly as any', () => {
    const read = (text: string, depth = 64) => readStructured({ ...required, data_base64: base64(text) }, '/3', depth)

    assert.deepEqual(read('{"n":[1]}').event.value, { n: [1] })
    for (const { faults } of [read('{"n":1,"n":2}'), read('[[1]]', 1), read('{'), read('')]) {
      assert.equal(faults.length, 1)
      assert.equal(faults[0]?.pointer, '/3/data_base64')
      assert.match(faults[0]?.message ?? '', /^does not hold JSON: .*[^.]$/)
    }
  })

  test('lists all that is wrong, with pointers below its place', () => {
    const envelope = { ...required, id: '\u0000', x: '\ufffe', datacontenttype: 'a/b', data: 1, data_base64: '?' }

    const { faults } = readStructured(envelope, '/3', 64)

    assert.deepEqual(
      faults.map(({ pointer }) => pointer),
      ['/3/id', '/3/x', '/3/datacontenttype', '/3/data_base64', '/3/data_base64'],
    )
  })
})

suite('isJsonType', () => {
  const cases: [type: string | undefined, isJson: boolean][] = [
    [undefined, true],
    ['application/json', true],
    ['Text/JSON ; charset=utf-8', true],
    ['application/vnd.shop+json', true],
    ['application/json-seq', false],
    ['application/jsonp', false],
    ['json', false],
    ['text/plain; format=application/json', false],
    ['', false],
  ]
  for (const [type, isJson] of cases) {
    test(`says ${isJson} of ${type}`, () => {
      assert.equal(isJsonType(type), isJson)
    })
  }
})
