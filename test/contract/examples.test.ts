import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { loadApiContract } from '../../src/openapi/contract.ts'
import { compileSchema, documentAjv } from '../../src/openapi/validator.ts'
import { dereferencedDocument } from '../support/operations.ts'

interface Content {
  schema: unknown
  examples?: Record<string, { value: unknown }>
}

interface Parameter {
  name: string
  schema: unknown
  example?: unknown
  examples?: Record<string, { value: unknown }>
}

const ajv = documentAjv(loadApiContract())
const { paths } = dereferencedDocument()

for (const [path, item] of Object.entries(paths)) {
  for (const [method, raw] of Object.entries(item).filter(([name]) => name !== 'parameters')) {
    suite(`${method.toUpperCase()} ${path} in openapi.yaml`, () => {
      const {
        requestBody,
        responses,
        parameters = [],
      } = raw as {
        requestBody?: { content: Record<string, Content> }
        responses: Record<string, { content?: Record<string, Content> }>
        parameters?: Parameter[]
      }
      const shared = (item.parameters ?? []) as unknown as Parameter[]

      test('has an example of each body and each answer, all of which are as it documents', () => {
        const contents = [
          ...Object.entries(requestBody?.content ?? {}).map(([type, content]) => [`request ${type}`, content] as const),
          ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
            Object.entries(content).map(([type, body]) => [`${status} ${type}`, body] as const),
          ),
        ]
        assert.ok(contents.length > 0)
        for (const [where, { schema, examples = {} }] of contents) {
          assert.ok(Object.keys(examples).length > 0, `${where} has no example`)
          for (const [name, { value }] of Object.entries(examples)) assertValid(schema, value, `${where} ${name}`)
        }
      })

      test('has right examples of its parameters, and one of each that is in the path', () => {
        for (const { name, schema, example, examples = {} } of [...shared, ...parameters]) {
          const values = [
            ...(example === undefined ? [] : [example]),
            ...Object.values(examples).map(({ value }) => value),
          ]
          assert.ok(values.length > 0 || !path.includes(`{${name}}`), `${name} has no example`)
          for (const value of values) assertValid(schema, value, name)
        }
      })
    })
  }
}

function assertValid(schema: unknown, value: unknown, what: string): void {
  const isValid = compileSchema(ajv, schema)
  // Dates in YAML are written as JSON writes them.
  assert.ok(isValid(JSON.parse(JSON.stringify(value))), `${what}: ${JSON.stringify(isValid.errors)}`)
}
