import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { type MaskedCase, maskedEvent, pseudonymOf } from '../../../support/masked.ts'

const record = (name: string, ...fields: object[]) => ({ type: 'record', name, fields })
const text = (name: string, more: object = {}) => ({ name, type: 'string', ...more })
const pii = { tags: ['PII'] }

const customer = record('Customer', text('name'), text('country'))
const order = record(
  'Order',
  { name: 'id', type: 'long' },
  text('email', pii),
  { name: 'customer', type: ['null', customer] },
  { name: 'items', type: { type: 'array', items: record('Item', text('sku'), text('note')) } },
  { name: 'labels', type: { type: 'map', values: 'string' } },
)
const value = {
  id: 7,
  email: 'a@x.org',
  customer: { name: 'Ada', country: 'DE' },
  items: [
    { sku: 's1', note: 'n1' },
    { sku: 's2', note: 'n2' },
  ],
  labels: { colour: 'red', size: 'xl' },
}

type Case = [fact: string, masking: MaskedCase['masking'], changed: object, masked: string[]]

/** What of {@link value} is shown otherwise; what is not named here is as it was. */
const cases: Case[] = [
  ['a pointer masks a field', { fields: { '/email': 'mask' } }, { email: null }, ['/value/email']],
  ['a pointer hashes a field', { fields: { '/id': 'hash' } }, { id: pseudonymOf(7) }, ['/value/id']],
  ['a pointer drops a field', { fields: { '/labels': 'drop' } }, { labels: undefined }, ['/value/labels']],
  ['a tag masks a field, in any case', { tags: { pii: 'mask' } }, { email: null }, ['/value/email']],
  ['a tag that the contract does not name says nothing', { tags: { SECRET: 'drop' } }, {}, []],
  ['a pointer beats a tag', { fields: { '/email': 'show' }, tags: { PII: 'mask' }, key: 'mask' }, {}, ['/key']],
  [
    'a pointer through `*` reaches every item',
    { fields: { '/items/*/note': 'mask' } },
    {
      items: [
        { sku: 's1', note: null },
        { sku: 's2', note: null },
      ],
    },
    ['/value/items/*/note'],
  ],
  [
    'a pointer to one item reaches that one',
    { fields: { '/items/1/note': 'mask' } },
    {
      items: [
        { sku: 's1', note: 'n1' },
        { sku: 's2', note: null },
      ],
    },
    ['/value/items/1/note'],
  ],
  [
    'a dropped item is gone from its array',
    { fields: { '/items/0': 'drop' } },
    { items: [{ sku: 's2', note: 'n2' }] },
    ['/value/items/0'],
  ],
  [
    'a pointer through `*` reaches every entry of a map',
    { fields: { '/labels/*': 'mask' } },
    { labels: { colour: null, size: null } },
    ['/value/labels/*'],
  ],
  [
    'a literal segment beats `*`',
    { fields: { '/labels/*': 'mask', '/labels/size': 'show' } },
    { labels: { colour: null, size: 'xl' } },
    ['/value/labels/*'],
  ],
  [
    'of several pointers to a place, the one with the leftmost literal counts',
    { fields: { '/*/name': 'mask', '/customer/*': 'drop' } },
    { customer: {} },
    ['/value/customer/name', '/value/customer/country'],
  ],
  [
    'a record that is masked is null as a whole',
    { fields: { '/customer': 'mask' } },
    { customer: null },
    ['/value/customer'],
  ],
  [
    'what is beneath a masked record is shown where a pointer names it',
    { fields: { '/customer': 'mask', '/customer/country': 'show' } },
    { customer: { name: null, country: 'DE' } },
    ['/value/customer/name'],
  ],
  [
    'a masked array of which something is shown keeps its items',
    { fields: { '/items': 'mask', '/items/*/sku': 'show' } },
    {
      items: [
        { sku: 's1', note: null },
        { sku: 's2', note: null },
      ],
    },
    ['/value/items/*/note'],
  ],
  [
    'a dropped record of which something is shown has nothing else',
    { fields: { '/customer': 'drop', '/customer/country': 'show' } },
    { customer: { country: 'DE' } },
    ['/value/customer/name'],
  ],
  [
    'a record is hashed as a whole',
    { fields: { '/customer': 'hash' } },
    { customer: pseudonymOf(value.customer) },
    ['/value/customer'],
  ],
  [
    'a pointer to a record beats the tags beneath it, where it shows less',
    { fields: { '': 'mask', '/id': 'show' }, tags: { PII: 'hash' } },
    { email: null, customer: null, items: null, labels: null },
    ['/value/email', '/value/customer', '/value/items', '/value/labels'],
  ],
  [
    'a tag beneath a record that is shown still masks',
    { fields: { '': 'show' }, tags: { PII: 'mask' } },
    { email: null },
    ['/value/email'],
  ],
  [
    'a tag never shows what a pointer above it masks',
    { fields: { '': 'mask', '/id': 'show' }, tags: { PII: 'show' } },
    { email: null, customer: null, items: null, labels: null },
    ['/value/email', '/value/customer', '/value/items', '/value/labels'],
  ],
  [
    'others are masked where the contract says so, in records too of which something is named',
    { others: 'mask', fields: { '/id': 'show', '/customer/country': 'show' } },
    { email: null, customer: { name: null, country: 'DE' }, items: null, labels: null },
    ['/key', '/value/email', '/value/customer/name', '/value/items', '/value/labels'],
  ],
  [
    'others are dropped where the contract says so',
    { others: 'drop', fields: { '/id': 'show' } },
    { email: undefined, customer: undefined, items: undefined, labels: undefined },
    ['/key', '/value/email', '/value/customer', '/value/items', '/value/labels'],
  ],
  [
    'a tag shows what would be masked as one of the others',
    { others: 'mask', tags: { PII: 'show' } },
    { id: null, customer: null, items: null, labels: null },
    ['/key', '/value/id', '/value/customer', '/value/items', '/value/labels'],
  ],
  [
    'a pointer to nothing changes nothing',
    { fields: { '/emial': 'mask', '/email/x/y': 'drop', '/items/7': 'drop' } },
    {},
    [],
  ],
]

suite('what a contract masks', () => {
  for (const [fact, masking, changed, masked] of cases) {
    test(`${fact}`, () => {
      const before = structuredClone(value)

      const event = maskedEvent(value, { masking, schema: order })

      const expected = JSON.parse(JSON.stringify({ ...value, ...changed }))
      assert.deepEqual(event.value, expected)
      assert.deepEqual(event.masked ?? [], masked)
      assert.deepEqual(value, before)
    })
  }

  const free: Case[] = [
    [
      'a pointer',
      { fields: { '/email': 'mask', '/items/*/note': 'drop' } },
      { email: null, items: [{ sku: 's1' }, { sku: 's2' }] },
      ['/value/email', '/value/items/*/note'],
    ],
    [
      'whatever is not named',
      { others: 'mask', fields: { '/id': 'show', '/customer/country': 'show' } },
      { email: null, customer: { name: null, country: 'DE' }, items: null, labels: null },
      ['/key', '/value/*', '/value/customer/*'],
    ],
    [
      'by `drop` without telling the names',
      { others: 'drop', fields: { '/id': 'show' } },
      { email: undefined, customer: undefined, items: undefined, labels: undefined },
      ['/key', '/value/*'],
    ],
  ]
  for (const [fact, masking, changed, masked] of free) {
    test(`is masked in JSON without a schema, too: ${fact}`, () => {
      const event = maskedEvent(value, { masking })

      assert.deepEqual(event.value, JSON.parse(JSON.stringify({ ...value, ...changed })))
      assert.deepEqual(event.masked, masked)
    })
  }

  test('is masked in JSON without a schema where a member has the name of what every object has', () => {
    const hostile = JSON.parse('{"__proto__": "a", "constructor": "b", "toString": {"__proto__": "c"}}') as JsonValue

    const event = maskedEvent(hostile, { masking: { fields: { '/__proto__': 'mask', '/toString/__proto__': 'mask' } } })

    assert.equal(JSON.stringify(event.value), '{"__proto__":null,"constructor":"b","toString":{"__proto__":null}}')
  })
})

suite('a field that was renamed, or tagged later', () => {
  const before = record('Order', text('mail'), text('id'))
  const renamed = record('Order', text('email', { ...pii, aliases: ['mail'] }), text('id'))
  const old = { mail: 'a@x.org', id: '1' }
  const now = { email: 'a@x.org', id: '1' }

  const cases: [fact: string, of: MaskedCase, written: JsonValue, expected: JsonValue][] = [
    [
      'tagged since',
      {
        masking: { tags: { PII: 'mask' } },
        schema: record('Order', text('email')),
        current: record('Order', text('email', pii)),
      },
      { email: 'a' },
      { email: null },
    ],
    [
      'tagged before',
      {
        masking: { tags: { PII: 'mask' } },
        schema: record('Order', text('email', pii)),
        current: record('Order', text('email')),
      },
      { email: 'a' },
      { email: null },
    ],
    [
      'renamed and tagged since',
      { masking: { tags: { PII: 'mask' } }, schema: before, current: renamed },
      old,
      { mail: null, id: '1' },
    ],
    [
      'named by its new name',
      { masking: { fields: { '/email': 'mask' } }, schema: before, current: renamed },
      old,
      { mail: null, id: '1' },
    ],
    [
      'named by its old name',
      { masking: { fields: { '/mail': 'mask' } }, schema: renamed, current: renamed },
      now,
      { email: null, id: '1' },
    ],
    [
      'shown by its old name only',
      { masking: { others: 'mask', fields: { '/mail': 'show', '/id': 'show' } }, schema: renamed, current: renamed },
      now,
      { email: null, id: '1' },
    ],
    [
      'newer than the contract',
      { masking: { others: 'mask', fields: { '/id': 'show' } }, schema: renamed, current: renamed },
      now,
      { email: null, id: '1' },
    ],
    [
      'unknown to the schema that the contract has',
      { masking: { tags: { PII: 'mask' } }, schema: renamed, current: before },
      now,
      { email: null, id: '1' },
    ],
    [
      'of a schema that the registry does not have under the subject',
      { masking: { tags: { PII: 'mask' } }, schema: renamed, current: null },
      now,
      { email: null, id: '1' },
    ],
  ]
  for (const [fact, of, written, expected] of cases) {
    test(`is masked where it is ${fact}`, () => {
      assert.deepEqual(maskedEvent(written, of).value, expected)
    })
  }
})

suite('tags', () => {
  const masking = { tags: { PII: 'mask' } }
  const person = record('Person', text('name', { 'confluent:tags': ['PII'] }), {
    name: 'friend',
    type: ['null', 'Person'],
    default: null,
  })

  const cases: [fact: string, schema: unknown, value: JsonValue, expected: JsonValue][] = [
    [
      "Confluent's, in a recursive type",
      person,
      { name: 'a', friend: { name: 'b', friend: null } },
      { name: null, friend: { name: null, friend: null } },
    ],
    ['a text in place of a list', record('R', text('a', { tags: 'PII' })), { a: 'x' }, { a: null }],
    [
      'on the type of a field',
      record('R', { name: 'a', type: { type: 'string', tags: ['PII'] } }),
      { a: 'x' },
      { a: null },
    ],
    [
      'on a named type, wherever it is used',
      record(
        'R',
        { name: 'a', type: { type: 'record', name: 'S', tags: ['PII'], fields: [text('x')] } },
        { name: 'b', type: { type: 'array', items: 'S' } },
      ),
      { a: { x: '1' }, b: [{ x: '2' }] },
      { a: null, b: [null] },
    ],
    [
      'on the items of an array',
      record('R', { name: 'a', type: { type: 'array', items: { type: 'string', tags: ['PII'] } } }),
      { a: ['x', 'y'] },
      { a: [null, null] },
    ],
    [
      'on the values of a map',
      record('R', { name: 'a', type: { type: 'map', values: { type: 'string', tags: ['PII'] } } }),
      { a: { k: 'x' } },
      { a: { k: null } },
    ],
    [
      'on a branch of a union',
      record('R', { name: 'a', type: ['null', 'long', { type: 'string', tags: ['PII'] }] }),
      { a: 'x' },
      { a: null },
    ],
    ['on the whole value', { type: 'string', tags: ['PII'] }, 'x', null],
    [
      'on a reference to a named type',
      record('R', { name: 'a', type: record('S', text('x')) }, { name: 'b', type: { type: 'S', tags: ['PII'] } }),
      { a: { x: '1' }, b: { x: '2' } },
      { a: { x: '1' }, b: null },
    ],
  ]
  for (const [fact, schema, given, expected] of cases) {
    test(`count: ${fact}`, () => {
      assert.deepEqual(maskedEvent(given, { masking, schema }).value, expected)
    })
  }
})

suite('unions', () => {
  const a = record('A', text('secret'), text('open'))
  const b = record('B', text('secret'), text('open'))
  const c = record('C', text('open'))
  const schema = record('R', { name: 'u', type: ['null', 'string', a, b, c, { type: 'array', items: 'string' }] })
  const fields = { '/u/secret': 'mask' }

  const cases: [fact: string, fields: object, value: JsonValue, expected: JsonValue][] = [
    [
      'a pointer passes the explicit form',
      fields,
      { u: { A: { secret: 'x', open: 'y' } } },
      { u: { A: { secret: null, open: 'y' } } },
    ],
    ['and the plain form', fields, { u: { secret: 'x', open: 'y' } }, { u: { secret: null, open: 'y' } }],
    ['and does not touch other branches', fields, { u: { open: 'y' } }, { u: { open: 'y' } }],
    ['nor scalars, arrays and null', fields, { u: 'x' }, { u: 'x' }],
    [
      'a branch can be named',
      { '/u/A/secret': 'mask' },
      { u: { A: { secret: 'x', open: 'y' } } },
      { u: { A: { secret: null, open: 'y' } } },
    ],
    [
      'and only that is masked',
      { '/u/A/secret': 'mask' },
      { u: { B: { secret: 'x', open: 'y' } } },
      { u: { B: { secret: 'x', open: 'y' } } },
    ],
    [
      'a branch can be masked as a whole',
      { '/u/A': 'mask' },
      { u: { A: { secret: 'x', open: 'y' } } },
      { u: { A: null } },
    ],
    [
      'the field is masked with its explicit form',
      { '/u': 'mask' },
      { u: { A: { secret: 'x', open: 'y' } } },
      { u: null },
    ],
    ['and hashed without it', { '/u': 'hash' }, { u: { string: 'x' } }, { u: pseudonymOf('x') }],
  ]
  for (const [fact, rules, given, expected] of cases) {
    test(`${fact}`, () => {
      assert.deepEqual(maskedEvent(given, { masking: { fields: rules }, schema }).value, expected)
    })
  }
})
