import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { readAvro } from '../../../../src/schemas/evolution/avro/avro-document.ts'
import { avroComparison } from '../../../../src/schemas/evolution/avro/compare-avro.ts'
import type { Change } from '../../../../src/schemas/evolution/change.ts'

const compare = (older: JsonValue, newer: JsonValue): readonly Change[] =>
  avroComparison()(readAvro(JSON.stringify(older)), readAvro(JSON.stringify(newer)))

const record = (...fields: JsonValue[]): JsonValue => ({ type: 'record', name: 'Order', namespace: 'org.shop', fields })
const id = { name: 'id', type: 'string' }
const of = (type: JsonValue, more: object = {}) => record({ name: 'a', type, ...more })
const status = (symbols: string[], more: object = {}) => of({ type: 'enum', name: 'Status', symbols, ...more })
const fixed = (size: number) => of({ type: 'fixed', name: 'Hash', size })
const party = (name: string, more: object = {}) => of({ type: 'record', name, fields: [], ...more })

/** `kind path pointer`, then for each direction that breaks: why, and the fix. */
type Expected = [head: string, breaks?: { backward?: [string, string]; forward?: [string, string] }]

const cases: Record<string, [older: JsonValue, newer: JsonValue, ...expected: Expected[]]> = {
  'a field with a default is added': [
    record(id),
    record(id, { name: 'n', type: 'int', default: 1 }),
    ['field-added n /fields/1'],
  ],
  'a field without a default is added': [
    record(id),
    record(id, { name: 'n', type: 'int' }),
    [
      'field-added n /fields/1',
      {
        backward: [
          'Events of the earlier version have no `n`, and it has no default to take its place.',
          'Give `n` a default.',
        ],
      },
    ],
  ],
  'a field with a default is removed': [
    record(id, { name: 'n', type: 'int', default: 1 }),
    record(id),
    ['field-removed n /fields/1'],
  ],
  'a field without a default is removed': [
    record(id, { name: 'n', type: 'int' }),
    record(id),
    [
      'field-removed n /fields/1',
      {
        forward: [
          'Readers of the earlier version need `n`, which has no default there, and new events do not have it.',
          'Keep `n`, or remove it only after a version in which it has a default.',
        ],
      },
    ],
  ],
  'a field is renamed without an alias': [
    record(id, { name: 'n', type: 'int' }),
    record(id, { name: 'm', type: 'int' }),
    [
      'field-added m /fields/1',
      {
        backward: [
          'Events of the earlier version have no `m`, and it has no default to take its place.',
          'Give `m` a default; or, if it is `n` under a new name, the alias `n`.',
        ],
      },
    ],
    [
      'field-removed n /fields/1',
      {
        forward: [
          'Readers of the earlier version need `n`, which has no default there, and new events do not have it.',
          'Keep `n`, or remove it only after a version in which it has a default.',
        ],
      },
    ],
  ],
  'a field is renamed with an alias': [
    record(id, { name: 'n', type: 'int' }),
    record(id, { name: 'm', type: 'int', aliases: ['n'] }),
    [
      'field-renamed m /fields/1',
      {
        forward: [
          'Readers of the earlier version need `n`, which has no default there, and new events do not have it.',
          'Keep the name `n`: an alias helps readers of the new schema only.',
        ],
      },
    ],
  ],
  'a field takes back a name that was its alias': [
    record(id, { name: 'm', type: 'int', aliases: ['n'] }),
    record(id, { name: 'n', type: 'int' }),
    [
      'field-renamed n /fields/1',
      {
        backward: [
          'Events of the earlier version have no `n`, and it has no default to take its place.',
          'Give `n` the alias `m`, or a default.',
        ],
      },
    ],
  ],
  'an alias is the name of another field': [
    record(id, { name: 'n', type: 'string' }),
    record(id, { name: 'n', type: 'string', aliases: ['id'] }),
    [
      'aliases-changed n /fields/1',
      {
        backward: [
          'By its name and aliases `n` is read from several fields: `n`, `id`.',
          'Remove the aliases that are names of fields.',
        ],
      },
    ],
  ],
  'fields change their order': [
    record(id, { name: 'n', type: 'int' }),
    record({ name: 'n', type: 'int' }, id),
    ['fields-reordered  '],
  ],
  'a default is added': [of('int'), of('int', { default: 1 }), ['default-added a /fields/0']],
  'a default is removed': [of('int', { default: 1 }), of('int'), ['default-removed a /fields/0']],
  'a default changes': [of('int', { default: 1 }), of('int', { default: 2 }), ['default-changed a /fields/0']],
  'a number is widened': [
    of('int'),
    of('long'),
    [
      'type-changed a /fields/0/type',
      {
        forward: [
          'New events have `long` here, which cannot be read as `int`.',
          'Keep `int`, or add a field of the new type beside it, with a default.',
        ],
      },
    ],
  ],
  'a number is narrowed': [
    of('double'),
    of('float'),
    [
      'type-changed a /fields/0/type',
      {
        backward: [
          'Events of the earlier version have `double` here, which cannot be read as `float`.',
          'Keep `double`, or add a field of the new type beside it, with a default.',
        ],
      },
    ],
  ],
  'string becomes bytes': [of('string'), of('bytes'), ['type-changed a /fields/0/type']],
  'a type becomes another one': [
    of({ type: 'array', items: 'int' }),
    of({ type: 'map', values: 'int' }),
    [
      'type-changed a /fields/0/type',
      {
        backward: [
          'Events of the earlier version have `array of int` here, which cannot be read as `map of int`.',
          'Keep `array of int`, or add a field of the new type beside it, with a default.',
        ],
        forward: [
          'New events have `map of int` here, which cannot be read as `array of int`.',
          'Keep `array of int`, or add a field of the new type beside it, with a default.',
        ],
      },
    ],
  ],
  'a type within arrays, maps and records changes': [
    of({
      type: 'array',
      items: { type: 'map', values: { type: 'record', name: 'In', fields: [{ name: 'x', type: 'int' }] } },
    }),
    of({
      type: 'array',
      items: { type: 'map', values: { type: 'record', name: 'In', fields: [{ name: 'x', type: 'long' }] } },
    }),
    [
      'type-changed a[]{}.x /fields/0/type/items/values/fields/0/type',
      {
        forward: [
          'New events have `long` here, which cannot be read as `int`.',
          'Keep `int`, or add a field of the new type beside it, with a default.',
        ],
      },
    ],
  ],
  'a type changes that is written around another one': [
    of({ type: { type: 'array', items: { type: { type: 'fixed', name: 'Hash', size: 4 } } } }),
    of({
      type: {
        type: 'array',
        items: { type: { type: 'fixed', name: 'Hash', size: 4, logicalType: 'decimal', precision: 2 } },
      },
    }),
    ['logical-type-changed a[] /fields/0/type/type/items/type'],
  ],
  'a field becomes nullable': [
    of('string'),
    of(['null', 'string']),
    [
      'union-branch-added a /fields/0/type/0',
      {
        forward: [
          'New events may have `null` here, which readers with `string` do not take.',
          'Leave `null` out, or add a field for it beside this one, with a default.',
        ],
      },
    ],
  ],
  'a field is no longer nullable': [
    of(['null', 'string']),
    of('string'),
    [
      'union-branch-removed a /fields/0/type/0',
      {
        backward: [
          'Events of the earlier version may have `null` here, which readers with `string` do not take.',
          'Keep `null` in a union with what may stand here now.',
        ],
      },
    ],
  ],
  'a branch is replaced by a wider one': [
    of(['null', 'int']),
    of(['null', 'long']),
    ['union-branch-removed a /fields/0/type/1'],
    [
      'union-branch-added a /fields/0/type/1',
      {
        forward: [
          'New events may have `long` here, which readers with `null or int` do not take.',
          'Leave `long` out, or add a field for it beside this one, with a default.',
        ],
      },
    ],
  ],
  'the branches of a union change their order': [of(['null', 'string']), of(['string', 'null'])],
  'a record in a union gets a field without a default': [
    of(['null', { type: 'record', name: 'In', fields: [] }]),
    of(['null', { type: 'record', name: 'In', fields: [{ name: 'x', type: 'int' }] }]),
    [
      'field-added a.x /fields/0/type/1/fields/0',
      {
        backward: [
          'Events of the earlier version have no `x`, and it has no default to take its place.',
          'Give `x` a default.',
        ],
      },
    ],
  ],
  'a symbol is added': [
    status(['NEW', 'PAID']),
    status(['NEW', 'PAID', 'SENT']),
    [
      'symbols-added a /fields/0/type',
      {
        forward: [
          "New events may have `SENT`, which the reader's `org.shop.Status` does not know, and it has no default.",
          'Add the symbols only after a version in which the enum has a default.',
        ],
      },
    ],
  ],
  'a symbol is removed': [
    status(['NEW', 'PAID', 'SENT']),
    status(['NEW', 'PAID']),
    [
      'symbols-removed a /fields/0/type',
      {
        backward: [
          "Events of the earlier version may have `SENT`, which the reader's `org.shop.Status` does not know, and it has no default.",
          'Keep the symbols, or give the enum a default.',
        ],
      },
    ],
  ],
  'symbols of an enum with a default come and go': [
    status(['NEW', 'PAID'], { default: 'NEW' }),
    status(['NEW', 'SENT'], { default: 'NEW' }),
    ['symbols-removed a /fields/0/type'],
    ['symbols-added a /fields/0/type'],
  ],
  'symbols change their order': [
    status(['NEW', 'PAID']),
    status(['PAID', 'NEW']),
    ['symbols-reordered a /fields/0/type'],
  ],
  'an enum gets a default': [status(['NEW']), status(['NEW'], { default: 'NEW' }), ['default-added a /fields/0/type']],
  'a size changes': [
    fixed(4),
    fixed(8),
    [
      'size-changed a /fields/0/type',
      {
        backward: [
          'A fixed of 4 bytes cannot be read as one of 8.',
          'Keep the size, or add a field of a new type beside it, with a default.',
        ],
        forward: [
          'A fixed of 8 bytes cannot be read as one of 4.',
          'Keep the size, or add a field of a new type beside it, with a default.',
        ],
      },
    ],
  ],
  'a type is renamed without an alias': [
    party('Buyer'),
    party('Customer'),
    [
      'name-changed a /fields/0/type',
      {
        backward: [
          "Types of different names are different types, and the reader's `org.shop.Customer` has no alias `org.shop.Buyer`.",
          'Keep the name, or give `org.shop.Customer` the alias `org.shop.Buyer`.',
        ],
        forward: [
          "Types of different names are different types, and the reader's `org.shop.Buyer` has no alias `org.shop.Customer`.",
          'Keep the name: an alias helps readers of the new schema only.',
        ],
      },
    ],
  ],
  'a type is renamed with an alias': [
    party('Buyer'),
    party('Customer', { aliases: ['Buyer'] }),
    [
      'type-renamed a /fields/0/type',
      {
        forward: [
          "Types of different names are different types, and the reader's `org.shop.Buyer` has no alias `org.shop.Customer`.",
          'Keep the name: an alias helps readers of the new schema only.',
        ],
      },
    ],
  ],
  'a type moves to another namespace': [
    party('Buyer'),
    party('Buyer', { namespace: 'org.other' }),
    ['namespace-changed a /fields/0/type'],
  ],
  'a logical type changes': [
    of({ type: 'int', logicalType: 'date' }),
    of('int'),
    ['logical-type-changed a /fields/0/type'],
  ],
  'documentation changes': [
    record({ ...id, doc: 'One.' }),
    record({ ...id, doc: 'Two.' }),
    ['doc-changed id /fields/0'],
  ],
  'a recursive type changes': [
    { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] },
    {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'next', type: ['null', 'Node'] },
        { name: 'x', type: 'int' },
      ],
    },
    [
      'field-added x /fields/1',
      {
        backward: [
          'Events of the earlier version have no `x`, and it has no default to take its place.',
          'Give `x` a default.',
        ],
      },
    ],
  ],
}

suite('what changed between two Avro schemas', () => {
  for (const [title, [older, newer, ...expected]] of Object.entries(cases)) {
    test(title, () => {
      const found = compare(older, newer).map(({ kind, path, pointer, breaks }) => {
        const told = breaks.map(({ direction, why, fix }) => [direction, [why, fix]])
        return [`${kind} ${path} ${pointer}`, ...(told.length > 0 ? [Object.fromEntries(told)] : [])]
      })

      assert.deepEqual(found, expected)
    })
  }

  test('is allowed where Avro lets one plain type be read as another, and nowhere else', () => {
    const readAs: Record<string, string[]> = {
      null: [],
      boolean: [],
      int: ['long', 'float', 'double'],
      long: ['float', 'double'],
      float: ['double'],
      double: [],
      bytes: ['string'],
      string: ['bytes'],
    }
    for (const [written, others] of Object.entries(readAs)) {
      for (const read of Object.keys(readAs)) {
        const breaks = compare(of(written), of(read)).flatMap((change) => change.breaks)
        const isBroken = breaks.some(({ direction }) => direction === 'backward')
        assert.equal(!isBroken, read === written || others.includes(read), `${written} read as ${read}`)
      }
    }
  })

  test('is told in words, with what was and what is', () => {
    const told = (older: JsonValue, newer: JsonValue) =>
      compare(older, newer).map(({ message, before, after }) => [message, before, after])

    assert.deepEqual(told(of('int'), of('long')), [['The type was `int` and is `long`.', 'int', 'long']])
    assert.deepEqual(told(record(id), record(id, { name: 'n', type: ['null', 'int'], default: null })), [
      ['The field `n` of type `null or int` was added, with the default `null`.', undefined, 'null or int'],
    ])
    assert.deepEqual(told(of('int', { default: 1 }), of('int', { default: 2 })), [
      ['The default of `a` was `1` and is `2`.', '1', '2'],
    ])
    assert.deepEqual(told(status(['A', 'B']), status(['A', 'C'], { default: 'A' })), [
      ['Symbols were removed from `org.shop.Status`: `B`.', undefined, undefined],
      ['Symbols were added to `org.shop.Status`: `C`.', undefined, undefined],
      ['The enum `org.shop.Status` got the default `"A"`.', undefined, '"A"'],
    ])
    assert.deepEqual(told(fixed(4), fixed(8)), [['The size of `org.shop.Hash` was 4 bytes and is 8.', '4', '8']])
    assert.deepEqual(told(of({ type: 'int', logicalType: 'date' }), of('int')), [
      ['The type was `date` and is `int`: no level forbids it, yet the same bytes mean something else.', 'date', 'int'],
    ])
  })

  test('is nothing where only the way of writing differs', () => {
    const older = record({ name: 'a', type: { type: { type: 'array', items: { type: 'string' } } } })
    const newer = {
      type: 'record',
      name: 'org.shop.Order',
      fields: [{ name: 'a', type: { type: 'array', items: 'string' } }],
    }

    assert.deepEqual(compare(older, newer), [])
  })

  test('is looked for up to a limit of effort', () => {
    const union = (count: number): JsonValue =>
      Array.from({ length: count }, (_, index) => ({ type: 'record', name: `R${index}`, fields: [] }))

    assert.deepEqual(compare(union(100), union(100)), [])
    assert.throws(() => compare(union(2_000), union(2_000)), { name: 'SchemaError', message: /too complex/ })
  })
})
