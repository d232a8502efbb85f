import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { governanceSchema } from '../../../../src/config/sections/governance.ts'
import type { JsonObject, JsonValue } from '../../../../src/json/json-value.ts'
import { readParts } from '../../../../src/schemas/governance/avro/read-parts.ts'
import { judgeParts } from '../../../../src/schemas/governance/judge-parts.ts'
import type { RuleId } from '../../../../src/schemas/governance/rule.ts'
import { rules } from '../../../../src/schemas/governance/rules.ts'

interface Case {
  rule: RuleId
  what: string
  options?: JsonObject
  schema: JsonValue
  /** Pointer, path, and a piece of the message or the fix; none for a good schema. */
  found: readonly (readonly [pointer: string, path: string, said: RegExp])[]
}

const field = (name: string, type: JsonValue, more: JsonObject = {}): JsonObject => ({ name, type, ...more })
const record = (name: string, ...fields: JsonObject[]): JsonObject => ({ type: 'record', name, fields })
const enumOf = (...symbols: string[]): JsonObject => ({ type: 'enum', name: 'Colour', symbols })
const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }

const cases: readonly Case[] = [
  { rule: 'type-name', what: 'PascalCase', schema: record('OrderLine2'), found: [] },
  {
    rule: 'type-name',
    what: 'every named type in another style, not what uses one by its name',
    schema: record(
      'order_line',
      field('a', { type: 'enum', name: 'colour', symbols: [] }),
      field('b', { type: 'fixed', name: 'HASH_CODE', namespace: 'x', size: 1 }),
      field('c', 'colour'),
    ),
    found: [
      ['/name', '', /record `order_line` is not in PascalCase[\s\S]*`OrderLine`/],
      ['/fields/0/type/name', 'a', /enum `colour`[\s\S]*`Colour`/],
      ['/fields/1/type/name', 'b', /fixed `HASH_CODE`[\s\S]*`HashCode`/],
    ],
  },
  {
    rule: 'type-name',
    what: 'other styles where they are asked for',
    options: { styles: ['snake_case', 'UPPER_SNAKE_CASE'] },
    schema: record('Order', field('a', record('order_line')), field('b', record('A_B'))),
    found: [['/name', '', /`Order` is not in snake_case or UPPER_SNAKE_CASE[\s\S]*`order`/]],
  },
  {
    rule: 'field-name',
    what: 'camelCase and snake_case',
    schema: record('R', field('orderId', 'int'), field('order_id', 'int'), field('x9', 'int')),
    found: [],
  },
  {
    rule: 'field-name',
    what: 'names in other styles, also far down',
    schema: record(
      'R',
      field('OrderId', 'int'),
      field('a', ['null', { type: 'map', values: record('S', field('_x', 'int')) }]),
    ),
    found: [
      ['/fields/0/name', 'OrderId', /`orderId`, with the old name among its "aliases"/],
      ['/fields/1/type/1/values/fields/0/name', 'a{}._x', /`x`/],
    ],
  },
  {
    rule: 'field-name',
    what: 'a name without letters, for which there is no better one',
    schema: record('R', field('_', 'int')),
    found: [['/fields/0/name', '_', /another name/]],
  },
  { rule: 'symbol-name', what: 'UPPER_SNAKE_CASE', schema: enumOf('RED', 'DARK_BLUE'), found: [] },
  {
    rule: 'symbol-name',
    what: 'each symbol in another style',
    schema: record('R', field('c', { type: 'array', items: enumOf('Red', 'BLUE', 'darkBlue') })),
    found: [
      ['/fields/0/type/items/symbols/0', 'c[]', /`Red`[\s\S]*`RED`\.$/],
      ['/fields/0/type/items/symbols/2', 'c[]', /`darkBlue`[\s\S]*`DARK_BLUE`\.$/],
    ],
  },
  {
    rule: 'namespace',
    what: 'a namespace at the top, which types within take over',
    schema: { ...record('R', field('a', record('S'))), namespace: 'org.example' },
    found: [],
  },
  { rule: 'namespace', what: 'a full name', schema: record('org.example.R'), found: [] },
  {
    rule: 'namespace',
    what: 'none at the top, or taken back by a type within',
    schema: record('R', field('a', { ...record('S'), namespace: '' }), field('b', record('T'))),
    found: [
      ['', '', /`R` has no namespace[\s\S]*"namespace": "org\.example"/],
      ['/fields/0/type/namespace', 'a', /`S` has no namespace/],
    ],
  },
  {
    rule: 'namespace',
    what: 'namespaces that are allowed, and those beneath them',
    options: { allowed: ['org.example', 'net.acme'] },
    schema: { ...record('R', field('a', record('net.acme.orders.S'))), namespace: 'org.example' },
    found: [],
  },
  {
    rule: 'namespace',
    what: 'namespaces that are not allowed, where they are written',
    options: { allowed: ['org.example'] },
    schema: { ...record('R', field('a', record('net.acme.S')), field('b', record('T'))), namespace: 'org.examples' },
    found: [
      ['/namespace', '', /`org\.examples` is not one of org\.example/],
      ['/fields/0/type/name', 'a', /`net\.acme`/],
    ],
  },
  { rule: 'record-doc', what: 'a doc', schema: { ...record('R'), doc: 'One.' }, found: [] },
  {
    rule: 'record-doc',
    what: 'none, an empty one, and one that is no text',
    schema: [record('R'), { ...record('S'), doc: ' ' }, { ...record('T'), doc: 7 }],
    found: [
      ['/0', '', /`R` has no documentation/],
      ['/1/doc', '', /`S` has no documentation/],
      ['/2/doc', '', /`T` has no documentation/],
    ],
  },
  {
    rule: 'record-doc',
    what: 'a short one',
    options: { least: 10 },
    schema: { ...record('R'), doc: 'An order' },
    found: [['/doc', '', /fewer than 10 characters/]],
  },
  { rule: 'enum-doc', what: 'a doc', schema: { ...enumOf('A'), doc: 'One.' }, found: [] },
  {
    rule: 'enum-doc',
    what: 'none',
    schema: { type: 'map', values: enumOf('A') },
    found: [['/values', '{}', /`Colour`/]],
  },
  {
    rule: 'field-doc',
    what: 'a doc on each field',
    schema: record('R', field('a', record('S', field('b', 'int', { doc: 'b' })), { doc: 'a' })),
    found: [],
  },
  {
    rule: 'field-doc',
    what: 'fields without one; the doc of its type does not document a field',
    schema: record('R', field('a', { ...record('S', field('b', 'int', { doc: '' })), doc: 'S' })),
    found: [
      ['/fields/0', 'a', /`a` has no documentation/],
      ['/fields/0/type/fields/0/doc', 'a.b', /`b` has no documentation/],
    ],
  },
  {
    rule: 'owner',
    what: 'an owner at the top',
    schema: { ...record('R', field('a', record('S'))), owner: 'team-a' },
    found: [],
  },
  { rule: 'owner', what: 'a key without a name', schema: { type: 'string' }, found: [] },
  {
    rule: 'owner',
    what: 'none, an empty one, and one that is no text, in each branch at the top',
    schema: [record('R'), { ...record('S'), owner: '' }, { ...enumOf('A'), owner: ['x'] }, 'null'],
    found: [
      ['/0', '', /record `R` names no owner[\s\S]*"owner": "team@example\.org"/],
      ['/1/owner', '', /`S`/],
      ['/2/owner', '', /enum `Colour`/],
    ],
  },
  {
    rule: 'owner',
    what: 'one that is not allowed, in an attribute of another name',
    options: { attribute: 'x/team', allowed: ['a', 'b'] },
    schema: { ...record('R'), 'x/team': 'c' },
    found: [['/x~1team', '', /`c` is not one of a, b[\s\S]*"x\/team": "a"/]],
  },
  {
    rule: 'owner',
    what: 'an attribute that every object seems to have',
    options: { attribute: 'constructor' },
    schema: record('R'),
    found: [['', '', /names no owner/]],
  },
  {
    rule: 'nullable-default',
    what: 'nullable fields with defaults, and others without',
    schema: record(
      'R',
      field('a', ['null', 'int'], { default: null }),
      field('b', ['int', 'string']),
      field('c', 'int'),
      field('d', 'null'),
    ),
    found: [],
  },
  {
    rule: 'nullable-default',
    what: 'fields that may be null, however that is written',
    schema: record(
      'R',
      field('a', ['null', 'int']),
      field('b', ['int', { type: 'null' }]),
      field('c', { type: [{ type: { type: 'null' } }, 'int'] }),
      field('d', { type: 'array', items: ['null', 'int'] }),
    ),
    found: [
      ['/fields/0', 'a', /Write "default": null\.$/],
      ['/fields/1', 'b', /Put "null" first in the union, and write "default": null\.$/],
      ['/fields/2', 'c', /Write "default": null\.$/],
    ],
  },
  { rule: 'enum-default', what: 'a default', schema: { ...enumOf('A', 'B'), default: 'A' }, found: [] },
  {
    rule: 'enum-default',
    what: 'none; a neutral symbol is the one to take',
    schema: [enumOf('A'), { ...enumOf('A', 'Unknown'), name: 'E' }],
    found: [
      ['/0', '', /Add the symbol "UNKNOWN"/],
      ['/1', '', /Write "default": "Unknown"\.$/],
    ],
  },
  {
    rule: 'money-type',
    what: 'exact types, and floating ones with other names',
    schema: record(
      'R',
      field('price', decimal),
      field('amount', 'long'),
      field('costar', 'double'),
      field('syntax', 'double'),
      field('lengthMm', 'float'),
    ),
    found: [],
  },
  {
    rule: 'money-type',
    what: 'floating types under names of money: in words, plural, unions, arrays and maps; not fields of records within',
    schema: record(
      'R',
      field('unitPrice2', 'double'),
      field('tax_amounts', { type: 'array', items: ['null', { type: 'float' }] }),
      field('fees', { type: 'map', values: { type: 'map', values: 'double' } }),
      field('CREDIT_LIMIT', { type: { type: 'double' } }),
      field('balance', record('Balance', field('weight', 'double'))),
    ),
    found: [
      ['/fields/0/type', 'unitPrice2', /`unitPrice2` is named like money, and a double[\s\S]*decimal/],
      ['/fields/1/type/items/1', 'tax_amounts[]', /a float/],
      ['/fields/2/type/values/values', 'fees{}{}', /a double/],
      ['/fields/3/type/type', 'CREDIT_LIMIT', /a double/],
    ],
  },
  {
    rule: 'money-type',
    what: 'the names that are listed instead',
    options: { names: ['grand_total'] },
    schema: record('R', field('price', 'double'), field('theGrandTotal', 'double'), field('total', 'double')),
    found: [['/fields/1/type', 'theGrandTotal', /money/]],
  },
  { rule: 'forbidden-types', what: 'anything, by default', schema: record('R', field('a', 'float')), found: [] },
  {
    rule: 'forbidden-types',
    what: 'types, logical types, full names and namespaces that are listed, wherever they are used',
    options: { types: ['float', 'map', 'decimal', 'old.Money', 'org.legacy'] },
    schema: {
      ...record(
        'R',
        field('a', { type: 'array', items: 'float' }),
        field('b', { type: 'map', values: decimal }),
        field('c', { type: 'fixed', name: 'old.Money', size: 1 }),
        field('d', ['null', 'old.Money']),
        field('e', record('org.legacy.x.T', field('f', 'T'))),
        field('g', record('org.legacyOfNobody.U')),
      ),
      namespace: 'org.example',
    },
    found: [
      ['/fields/0/type/items', 'a[]', /`float` is not allowed\./],
      ['/fields/1/type', 'b', /`map`/],
      ['/fields/1/type/values', 'b{}', /`decimal`/],
      ['/fields/2/type', 'c', /`old\.Money`/],
      ['/fields/3/type/1', 'd', /`old\.Money`/],
      ['/fields/4/type', 'e', /`org\.legacy\.x\.T` is not allowed \(`org\.legacy` is listed\)/],
      ['/fields/4/type/fields/0/type', 'e.f', /`org\.legacy\.x\.T`/],
    ],
  },
  {
    rule: 'schema-depth',
    what: 'as many levels as are allowed; unions and names are none',
    options: { most: 3 },
    schema: record('R', field('a', ['null', { type: 'array', items: record('S', field('b', ['null', 'R'])) }])),
    found: [],
  },
  {
    rule: 'schema-depth',
    what: 'one level more, at each place, and not again below it',
    options: { most: 2 },
    schema: record(
      'R',
      field('a', { type: 'array', items: record('S', field('b', { type: 'map', values: 'int' })) }),
      field('c', { type: 'map', values: { type: 'array', items: 'int' } }),
    ),
    found: [
      ['/fields/0/type/items', 'a[]', /deeper than 2 levels/],
      ['/fields/1/type/values', 'c{}', /deeper than 2 levels/],
    ],
  },
  {
    rule: 'schema-size',
    what: 'exactly as many bytes as are allowed',
    options: { mostBytes: 8 },
    schema: 'string',
    found: [],
  },
  {
    rule: 'schema-size',
    what: 'a byte more; bytes, not characters',
    options: { mostBytes: 57 },
    schema: { ...enumOf('A'), doc: 'ж' },
    found: [['', '', /has 58 bytes without white space; at most 57/]],
  },
  {
    rule: 'record-size',
    what: 'as many fields as are allowed',
    options: { mostFields: 1 },
    schema: record('R', field('a', 'int')),
    found: [],
  },
  {
    rule: 'record-size',
    what: 'one more',
    options: { mostFields: 1 },
    schema: { type: 'array', items: record('R', field('a', 'int'), field('b', 'int')) },
    found: [['/items/fields', '[]', /`R` has 2 fields; at most 1/]],
  },
  {
    rule: 'pii-tags',
    what: 'tags on the field, on its type or within that, by either name, as a list or alone; and other names',
    schema: record(
      'R',
      field('email', 'string', { tags: ['pii'] }),
      field('workEmails', { type: 'array', items: { type: 'string', 'confluent:tags': ['X', 'PII'] } }),
      field('phone', ['null', { type: { type: 'string', tags: 'PII' } }], { default: null }),
      field('mail', 'string'),
    ),
    found: [],
  },
  {
    rule: 'pii-tags',
    what: 'names of personal data without the tag, with another, or with one on a field within',
    schema: record(
      'R',
      field('customerEmail', 'string'),
      field('date_of_birth', 'int', { tags: ['OTHER'] }),
      field('address', record('Address', field('a', 'string', { tags: ['PII'] }))),
    ),
    found: [
      ['/fields/0', 'customerEmail', /\(`email`\), and is not tagged[\s\S]*"tags": \["PII"\]/],
      ['/fields/1', 'date_of_birth', /`date_of_birth`/],
      ['/fields/2', 'address', /`address`/],
    ],
  },
  {
    rule: 'pii-tags',
    what: 'the names and tags that are listed instead',
    options: { names: ['nick'], tags: ['secret', 'private'] },
    schema: record(
      'R',
      field('nick', 'string'),
      field('email', 'string'),
      field('nickName', 'string', { tags: ['Private'] }),
    ),
    found: [['/fields/0', 'nick', /"tags": \["secret"\]/]],
  },
]

const off = Object.fromEntries(Object.keys(rules).map((id) => [id, 'off']))

suite('the rules of the policy', () => {
  for (const { rule, what, options, schema, found } of cases) {
    test(`${rule} ${found.length === 0 ? 'takes' : 'finds'} ${what}`, () => {
      const policy = governanceSchema.parse({
        rules: { ...off, [rule]: 'refuse' },
        options: options === undefined ? {} : { [rule]: options },
      })

      const findings = [...judgeParts(readParts(schema).parts, policy)]

      assert.deepEqual(
        findings.map(({ pointer, path }) => [pointer, path]),
        found.map(([pointer, path]) => [pointer, path]),
      )
      for (const [index, finding] of findings.entries()) {
        assert.deepEqual([finding.rule, finding.level], [rule, 'refuse'])
        assert.match(`${finding.message} ${finding.fix}`, found[index]?.[2] ?? /./)
        assert.match(finding.message, /^[A-Z`][\s\S]*\.$/)
        assert.match(finding.fix, /^[A-Z][\s\S]*\.$/)
      }
    })
  }

  test('are each tried with a schema that they take and one that they do not', () => {
    for (const rule of Object.keys(rules)) {
      const tried = new Set(cases.filter((each) => each.rule === rule).map(({ found }) => found.length > 0))
      assert.deepEqual(tried, new Set([true, false]), rule)
    }
  })
})
