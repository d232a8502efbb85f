import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { governanceSchema } from '../../../../src/config/sections/governance.ts'
import { segmentsOf, valueAt } from '../../../../src/json/json-pointer.ts'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { readParts } from '../../../../src/schemas/governance/avro/read-parts.ts'
import { type Finding, judgeParts } from '../../../../src/schemas/governance/judge-parts.ts'
import type { Policy } from '../../../../src/schemas/governance/rule.ts'
import { rules } from '../../../../src/schemas/governance/rules.ts'
import { avroSchemas } from '../../../support/avro-arbitraries.ts'
import { damagedSchemas } from '../../../support/damaged-schemas.ts'

const judge = (schema: JsonValue, policy: Policy): Finding[] => [...judgeParts(readParts(schema).parts, policy)]
const policyOf = (written: object): Policy => governanceSchema.parse(written)
const ids = Object.keys(rules)
const all = (level: string): object => Object.fromEntries(ids.map((id) => [id, level]))

const strict = policyOf({
  rules: all('refuse'),
  options: {
    'forbidden-types': { types: ['int', 'map', 'three'] },
    'schema-depth': { most: 1 },
    'schema-size': { mostBytes: 10 },
    'record-size': { mostFields: 1 },
    namespace: { allowed: ['org'] },
    'money-type': { names: ['x9', 'a', 'id', 'name', 'note', 'at', 'b', 'next'] },
    'type-name': { styles: ['camelCase'] },
    'symbol-name': { styles: ['snake_case'] },
    'pii-tags': { names: ['name', 'id'] },
  },
})

suite('the policy', () => {
  test('finds everything of every rule, in the order of the schema', () => {
    const schema: JsonValue = {
      type: 'record',
      name: 'order',
      fields: [
        { name: 'Price', type: ['null', 'double'] },
        { name: 'status', doc: 'S.', type: { type: 'enum', name: 'Status', symbols: ['NEW'] } },
      ],
    }

    assert.deepEqual(
      judge(schema, policyOf({ rules: { owner: 'refuse', 'money-type': 'refuse' } })).map(
        ({ level, rule, pointer, path }) => `${level} ${rule} ${pointer} ${path}`,
      ),
      [
        'warn type-name /name ',
        'warn namespace  ',
        'refuse owner  ',
        'warn record-doc  ',
        'warn field-name /fields/0/name Price',
        'warn field-doc /fields/0 Price',
        'warn nullable-default /fields/0 Price',
        'refuse money-type /fields/0/type/1 Price',
        'warn enum-default /fields/1/type status',
      ],
    )
  })

  test('has nothing against a schema as it should be', () => {
    const schema: JsonValue = {
      type: 'record',
      name: 'Order',
      namespace: 'org.example',
      doc: 'An order.',
      fields: [
        { name: 'id', doc: 'Its number.', type: 'string' },
        { name: 'note', doc: 'What the customer wrote.', type: ['null', 'string'], default: null },
      ],
    }

    assert.deepEqual(judge(schema, policyOf({})), [])
  })

  test('refuses nothing by default', () => {
    assert.deepEqual(new Set(Object.values(policyOf({}).rules)), new Set(['off', 'warn']))
  })

  test('says nothing where every rule is off', () => {
    const property = fc.property(damagedSchemas(), (schema) => {
      assert.deepEqual(judge(schema, policyOf({ rules: all('off') })), [])
    })
    fc.assert(property, { numRuns: 50 })
  })

  test('never fails, points at places that the schema has, and says the same each time', () => {
    const seen = new Set<string>()
    const property = fc.property(
      fc.oneof(
        avroSchemas().map(({ schema }) => schema),
        damagedSchemas(),
      ),
      (schema) => {
        const findings = judge(schema, strict)

        for (const { rule, pointer } of findings) {
          seen.add(rule)
          assert.notEqual(valueAt(schema, segmentsOf(pointer)), undefined, `${rule} ${pointer}`)
        }
        assert.deepEqual(judge(schema, strict), findings)
      },
    )
    fc.assert(property, { numRuns: 300 })
    assert.deepEqual([...seen].sort(), [...ids].sort())
  })

  test('of version 1 has these rules with these levels, and always will', () => {
    assert.deepEqual(
      ids
        .filter((id) => rules[id as keyof typeof rules].since === 1)
        .map((id) => `${id} ${policyOf({ policy: 1 }).rules[id as keyof typeof rules]}`),
      [
        'schema-size warn',
        'schema-depth warn',
        'record-size warn',
        'forbidden-types warn',
        'money-type warn',
        'type-name warn',
        'field-name warn',
        'symbol-name off',
        'namespace warn',
        'owner off',
        'record-doc warn',
        'enum-doc off',
        'field-doc warn',
        'nullable-default warn',
        'enum-default warn',
        'pii-tags off',
      ],
    )
  })

  test('says no more than a few lines of each place of a hostile schema', () => {
    const name = 'aB'.repeat(100_000)
    const wide = Array.from({ length: 20_000 }, (_, index) => ({ name: `email${index}`, type: ['null', 'R'] }))
    const deep = Array.from({ length: 190 }).reduce<JsonValue>((inner) => ({ type: 'array', items: inner }), 'string')
    const schema: JsonValue = {
      type: 'record',
      name: 'R',
      fields: [...wide, { name, type: deep }, { name: '_'.repeat(200_000), type: deep }],
    }
    const { parts } = readParts(schema)

    const findings = [...judgeParts(parts, strict)]

    assert.deepEqual([parts.length, findings.length], [2 + 4 * 20_000 + 2 * 192, 2 * 20_000 + 11])
    const longest = Math.max(...findings.map((finding) => JSON.stringify(finding).length))
    assert.ok(longest < 2_500, `${longest}`)
  })
})
