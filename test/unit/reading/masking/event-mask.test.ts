import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Event } from '../../../../src/reading/event.ts'
import { type MaskedCase, maskedEvent, pseudonymOf } from '../../../support/masked.ts'

const schema = (tags: string[] = []) => ({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long', tags },
    { name: 'x', type: 'string' },
  ],
})
const value = { id: 7, x: 'y' }
const byField = { key: { field: '/id' } }
const pii = { tags: { PII: 'mask' } }

suite('the key of an event', () => {
  const cases: [fact: string, of: MaskedCase, key: Event['key']][] = [
    [
      'is masked as the field that it is taken from',
      { masking: { fields: { '/id': 'mask' } }, schema: schema(), contract: byField },
      null,
    ],
    [
      'has the pseudonym of that field',
      { masking: { fields: { '/id': 'hash' } }, schema: schema(), contract: byField },
      pseudonymOf(7),
    ],
    ['is gone with that field', { masking: { fields: { '/id': 'drop' } }, schema: schema(), contract: byField }, null],
    ['is masked by a tag of that field', { masking: pii, schema: schema(['PII']), contract: byField }, null],
    [
      "is masked by a tag that the contract's schema has",
      { masking: pii, schema: schema(), current: schema(['PII']), contract: byField },
      null,
    ],
    [
      'is masked with what is above that field',
      { masking: { fields: { '': 'mask' } }, schema: schema(), contract: byField },
      null,
    ],
    [
      'is shown with that field',
      { masking: { others: 'mask', fields: { '/id': 'show' } }, schema: schema(), contract: byField },
      '7',
    ],
    ['is shown where nothing is said of it', { masking: { fields: { '/x': 'mask' } }, schema: schema() }, '7'],
    ['is masked with all that is not named', { masking: { others: 'mask' }, schema: schema() }, null],
    ['is masked where the contract says so', { masking: { key: 'mask' }, schema: schema() }, null],
    ['is hashed where the contract says so', { masking: { key: 'hash' }, schema: schema() }, pseudonymOf('7')],
    ['is shown where the contract says so', { masking: { key: 'show', others: 'mask' }, schema: schema() }, '7'],
  ]
  for (const [fact, of, key] of cases) {
    test(`${fact}`, () => {
      const event = { key: '7', headers: { ce_partitionkey: '7', ce_id: '1' } }

      const shown = maskedEvent(value, { ...of, event })

      assert.deepEqual(shown.key, key)
      assert.deepEqual(shown.headers.ce_partitionkey ?? null, key)
      assert.equal(shown.masked?.includes('/key') ?? false, key !== '7')
    })
  }

  const tombstones: [fact: string, of: MaskedCase, key: Event['key']][] = [
    [
      'by its pointer',
      { masking: { fields: { '/id': 'hash' } }, current: schema(), contract: byField },
      pseudonymOf(7),
    ],
    ["by the tags of the contract's schema", { masking: pii, current: schema(['PII']), contract: byField }, null],
    ['where no schema says whether it is tagged', { masking: pii, contract: { ...byField, schemaless: false } }, null],
    ['unless the field is shown', { masking: pii, current: schema(), contract: byField }, '7'],
  ]
  for (const [fact, of, key] of tombstones) {
    test(`of a tombstone is masked, too: ${fact}`, () => {
      const shown = maskedEvent(null, { ...of, event: { key: '7' } })

      assert.deepEqual([shown.key, shown.value], [key, null])
    })
  }

  test('that is no text has a pseudonym of its bytes', () => {
    const shown = maskedEvent(value, { masking: { key: 'hash' }, schema: schema(), event: { key: { base64: '/w==' } } })

    assert.equal(shown.key, pseudonymOf('/w=='))
  })
})

suite('the headers of an event', () => {
  const headers = {
    'x-user': 'u',
    'x-tags': ['a', 'b'],
    'content-type': 'application/json',
    ce_subject: 's',
    ce_type: 't',
    empty: null,
  }

  const cases: [fact: string, masking: object, shown: object, masked: string[]][] = [
    ['are shown where nothing is said of them', { fields: { '/x': 'mask' } }, headers, ['/value/x']],
    ['are masked by name', { headers: { 'x-user': 'mask' } }, { ...headers, 'x-user': null }, ['/headers/x-user']],
    [
      'are hashed value by value',
      { headers: { 'x-tags': 'hash', empty: 'hash' } },
      { ...headers, 'x-tags': [pseudonymOf('a'), pseudonymOf('b')] },
      ['/headers/x-tags', '/headers/empty'],
    ],
    [
      'are dropped',
      { headers: { ce_subject: 'drop' } },
      { ...headers, ce_subject: undefined },
      ['/headers/ce_subject'],
    ],
    [
      'are masked with all that is not named, but for what says what an event is',
      { others: 'mask', key: 'show', fields: { '': 'show' } },
      { ...headers, 'x-user': null, 'x-tags': [null, null], ce_subject: null },
      ['/headers/*'],
    ],
    [
      'are masked by `*`, but for those that are named',
      { headers: { '*': 'mask', 'x-user': 'show' } },
      { 'x-user': 'u', 'x-tags': [null, null], 'content-type': null, ce_subject: null, ce_type: null, empty: null },
      ['/headers/*'],
    ],
    [
      'are shown by `*` where all else is masked',
      { others: 'mask', headers: { '*': 'show' }, key: 'show', fields: { '': 'show' } },
      headers,
      [],
    ],
  ]
  for (const [fact, masking, expected, masked] of cases) {
    test(`${fact}`, () => {
      const shown = maskedEvent(value, { masking, schema: schema(), event: { headers } })

      assert.deepEqual({ ...shown.headers }, JSON.parse(JSON.stringify(expected)))
      assert.deepEqual(shown.masked ?? [], masked)
    })
  }
})

suite('a masked event', () => {
  test('that cannot be decoded does not say why', () => {
    const error = { code: 'undecodable', detail: 'a name twice, at "/secret"' } as const

    const shown = maskedEvent(null, { masking: pii, current: schema(), event: { error, value: undefined as never } })

    assert.equal(shown.error?.code, 'undecodable')
    assert.doesNotMatch(JSON.stringify(shown), /secret/)
  })

  test('names at most a hundred places', () => {
    const wide = {
      type: 'record',
      name: 'Wide',
      fields: Array.from({ length: 150 }, (_, index) => ({ name: `f${index}`, type: 'int' })),
    }
    const all = Object.fromEntries(wide.fields.map(({ name }) => [name, 1]))

    const shown = maskedEvent(all, { masking: { fields: { '/*': 'mask' } }, schema: wide })

    assert.deepEqual(new Set(Object.values(shown.value as object)), new Set([null]))
    assert.equal(shown.masked?.length, 100)
  })
})
