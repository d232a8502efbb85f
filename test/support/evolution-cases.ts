/** Events written by one schema and read by another, by hand from Avro 1.12, "Schema Resolution". */
export interface EvolutionCase {
  writer: object
  reader: object
  events: readonly {
    /** As it is published. */
    sent: object
    /** As the clients show it: test/clients/README.md. */
    read: object
  }[]
}

const record = (name: string, ...fields: object[]): object => ({ type: 'record', name, fields })
const schemaOf = (...fields: object[]): object => ({
  ...record('Order', ...fields),
  namespace: 'org.example.evolution',
})
const id = { name: 'id', type: 'string' }
const millis = { type: 'long', logicalType: 'timestamp-millis' }
const date = { type: 'int', logicalType: 'date' }
const uuid = { type: 'string', logicalType: 'uuid' }
const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }
const state = (...symbols: string[]): object => ({ type: 'enum', name: 'State', symbols, default: 'UNKNOWN' })
const anId = '123e4567-e89b-12d3-a456-426614174000'

/** Big-endian bits of a double. */
function bits(double: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(double)
  return bytes.toString('hex')
}

export const evolutionCases: Readonly<Record<string, EvolutionCase>> = {
  'fields added with defaults': {
    writer: schemaOf(id),
    reader: schemaOf(
      { name: 'count', type: 'long', default: 7 },
      id,
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'tags', type: { type: 'array', items: 'string' }, default: ['new'] },
      { name: 'state', type: state('UNKNOWN', 'NEW'), default: 'NEW' },
    ),
    events: [{ sent: { id: 'a' }, read: { count: '7', id: 'a', note: null, tags: ['new'], state: 'NEW' } }],
  },
  'a field removed, and the others in another order': {
    writer: schemaOf({ name: 'gone', type: { type: 'map', values: 'int' } }, id, { name: 'last', type: 'boolean' }),
    reader: schemaOf({ name: 'last', type: 'boolean' }, id),
    events: [{ sent: { gone: { a: 1, b: 2 }, id: 'a', last: true }, read: { last: true, id: 'a' } }],
  },
  'a field and a record renamed by aliases': {
    writer: schemaOf({ name: 'custmer', type: 'string' }, { name: 'home', type: record('Adress', id) }),
    reader: schemaOf(
      { name: 'home', type: { ...record('Address', id), aliases: ['Adress'] } },
      { name: 'customer', aliases: ['custmer'], type: 'string' },
    ),
    events: [{ sent: { custmer: 'ada', home: { id: 'h' } }, read: { home: { id: 'h' }, customer: 'ada' } }],
  },
  'numbers promoted': {
    writer: schemaOf(
      { name: 'a', type: 'int' },
      { name: 'b', type: 'int' },
      { name: 'c', type: 'long' },
      { name: 'd', type: 'float' },
      { name: 'e', type: { type: 'array', items: 'int' } },
      { name: 'f', type: { type: 'map', values: 'float' } },
    ),
    reader: schemaOf(
      { name: 'a', type: 'long' },
      { name: 'b', type: 'double' },
      { name: 'c', type: 'double' },
      { name: 'd', type: 'double' },
      { name: 'e', type: { type: 'array', items: 'long' } },
      { name: 'f', type: { type: 'map', values: 'double' } },
    ),
    events: [
      {
        sent: { a: -2147483648, b: 3, c: '4503599627370496', d: 0.5, e: [1, -1], f: { x: -0.25 } },
        read: { a: '-2147483648', b: bits(3), c: bits(2 ** 52), d: bits(0.5), e: ['1', '-1'], f: { x: bits(-0.25) } },
      },
    ],
  },
  'symbols that the reader does not know': {
    writer: schemaOf(id, { name: 'state', type: state('UNKNOWN', 'NEW', 'HELD') }),
    reader: schemaOf(id, { name: 'state', type: state('NEW', 'UNKNOWN') }),
    events: [
      { sent: { id: 'a', state: 'HELD' }, read: { id: 'a', state: 'UNKNOWN' } },
      { sent: { id: 'b', state: 'NEW' }, read: { id: 'b', state: 'NEW' } },
    ],
  },
  'a type that became nullable, and a union with another branch': {
    writer: schemaOf({ name: 'note', type: 'string' }, { name: 'size', type: ['null', 'int'] }),
    reader: schemaOf({ name: 'note', type: ['null', 'string'] }, { name: 'size', type: ['string', 'int', 'null'] }),
    events: [
      { sent: { note: 'x', size: 5 }, read: { note: { string: 'x' }, size: { int: '5' } } },
      { sent: { note: '', size: null }, read: { note: { string: '' }, size: null } },
    ],
  },
  'records in records and in unions': {
    writer: schemaOf(
      { name: 'home', type: record('Address', { name: 'street', type: 'string' }, { name: 'zip', type: 'int' }) },
      {
        name: 'payment',
        type: [
          'null',
          record('Card', { name: 'number', type: 'string' }),
          record('Cash', { name: 'till', type: 'int' }),
        ],
      },
    ),
    reader: schemaOf(
      {
        name: 'payment',
        type: [
          record('Cash', { name: 'clerk', type: 'string', default: '?' }, { name: 'till', type: 'long' }),
          'null',
          record('Card', { name: 'number', type: 'string' }, { name: 'issuer', type: 'string', default: 'none' }),
        ],
      },
      {
        name: 'home',
        type: record('Address', { name: 'zip', type: 'long' }, { name: 'city', type: 'string', default: '' }),
      },
    ),
    events: [
      {
        sent: { home: { street: 's', zip: 1 }, payment: { number: '4' } },
        read: {
          payment: { 'org.example.evolution.Card': { number: '4', issuer: 'none' } },
          home: { zip: '1', city: '' },
        },
      },
      {
        sent: { home: { street: '', zip: 2 }, payment: { till: 9 } },
        read: { payment: { 'org.example.evolution.Cash': { clerk: '?', till: '9' } }, home: { zip: '2', city: '' } },
      },
      { sent: { home: { street: '', zip: 3 }, payment: null }, read: { payment: null, home: { zip: '3', city: '' } } },
    ],
  },
  'logical types beside what changed': {
    writer: schemaOf(
      { name: 'at', type: millis },
      { name: 'due', type: date },
      { name: 'price', type: decimal },
      { name: 'ref', type: uuid },
    ),
    reader: schemaOf(
      { name: 'ref', type: uuid },
      { name: 'price', type: ['null', decimal], default: null },
      { name: 'due', type: date },
      { name: 'at', type: millis },
      { name: 'paid', type: ['null', millis], default: null },
    ),
    events: [
      {
        sent: { at: '2026-03-01T09:30:00.250Z', due: '1969-12-31', price: '-1.28', ref: anId },
        read: { ref: anId, price: { bytes: '-1.28' }, due: '1969-12-31', at: '2026-03-01T09:30:00.250Z', paid: null },
      },
    ],
  },
  'an old reader, and a writer that added and removed': {
    writer: schemaOf(
      { name: 'added', type: { type: 'array', items: record('Line', { name: 'sku', type: 'string' }) } },
      id,
      { name: 'state', type: state('UNKNOWN', 'NEW', 'SENT') },
      { name: 'count', type: 'int' },
    ),
    reader: schemaOf(
      id,
      { name: 'count', type: 'long' },
      { name: 'removed', type: ['string', 'null'], default: 'as it was' },
      { name: 'state', type: state('NEW', 'UNKNOWN') },
    ),
    events: [
      {
        sent: { added: [{ sku: 'a' }, { sku: 'b' }], id: 'x', state: 'SENT', count: 1 },
        read: { id: 'x', count: '1', removed: { string: 'as it was' }, state: 'UNKNOWN' },
      },
    ],
  },
  'a recursive record that got a field': {
    writer: schemaOf(id, { name: 'next', type: ['null', 'Order'], default: null }),
    reader: schemaOf(
      { name: 'next', type: ['null', 'Order'], default: null },
      { name: 'depth', type: 'int', default: -1 },
      id,
    ),
    events: [
      {
        sent: { id: 'a', next: { id: 'b', next: null } },
        read: {
          next: { 'org.example.evolution.Order': { next: null, depth: '-1', id: 'b' } },
          depth: '-1',
          id: 'a',
        },
      },
    ],
  },
}
