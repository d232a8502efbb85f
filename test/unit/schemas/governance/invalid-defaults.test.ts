import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { parseSchema } from '../../../../src/schemas/avro/parse-schema.ts'
import { SchemaError } from '../../../../src/schemas/avro/schema-error.ts'
import { invalidDefaults } from '../../../../src/schemas/governance/avro/invalid-defaults.ts'
import { readParts } from '../../../../src/schemas/governance/avro/read-parts.ts'
import type { SchemaFault } from '../../../../src/schemas/governance/avro/schema-reading.ts'
import { damagedSchemas } from '../../../support/damaged-schemas.ts'

const faultsOf = (schema: JsonValue): SchemaFault[] =>
  invalidDefaults(parseSchema(JSON.stringify(schema), []), readParts(schema).parts)

suite('defaults that are not of their type', () => {
  test('are all found, where they stand', () => {
    const inner = { type: 'record', name: 'S', fields: [{ name: 'c', type: ['null', 'int'], default: 'x' }] }
    const schema: JsonValue = {
      type: 'record',
      name: 'org.example.R',
      fields: [
        { name: 'a', type: 'int', default: '1' },
        { name: 'b', type: { type: 'map', values: inner }, default: {} },
        { name: 'd', type: { type: 'array', items: 'R' }, default: [] },
        { name: 'e', type: 'org.example.S', default: {} },
      ],
    }

    assert.deepEqual(
      faultsOf(schema).map(({ pointer, path }) => [pointer, path]),
      [
        ['/fields/0/default', 'a'],
        ['/fields/1/type/values/fields/0/default', 'b{}.c'],
        ['/fields/3/default', 'e'],
      ],
    )
  })

  test('are there exactly where the schema cannot be compiled because of one', () => {
    let invalid = 0
    const defaults = fc.array(fc.constantFrom(undefined, null, 0, '', [], {}), { minLength: 1 })
    const property = fc.property(damagedSchemas(), defaults, (schema, written) => {
      const { parts, faults } = readParts(schema)
      fc.pre(faults.length === 0)
      for (const [index, { json }] of parts.filter((part) => part.part === 'field').entries()) {
        const fallback = written[index % written.length]
        if (fallback !== undefined) json.default = fallback
      }
      const canBeCompiled = isCompiled(schema)
      if (!canBeCompiled) invalid++

      assert.equal(faultsOf(schema).length === 0, canBeCompiled)
    })
    fc.assert(property, { numRuns: 300 })
    assert.ok(invalid > 30 && invalid < 270, `${invalid}`)
  })
})

function isCompiled(schema: JsonValue): boolean {
  try {
    compileAvro(JSON.stringify(schema))
    return true
  } catch (error) {
    if (error instanceof SchemaError) return false
    throw error
  }
}
