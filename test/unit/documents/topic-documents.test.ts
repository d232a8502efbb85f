import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import officialSchema from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { type Contract, defaultContract, readContract } from '../../../src/contracts/contract.ts'
import { type DocumentName, TopicDocuments } from '../../../src/documents/topic-documents.ts'
import { loadApiContract } from '../../../src/openapi/contract.ts'
import { compileAvro } from '../../../src/schemas/avro/compile-avro.ts'
import type { WriterSchema } from '../../../src/schemas/schema-catalog.ts'
import { compileTypescript } from '../../support/compile-typescript.ts'
import { everythingSchema } from '../../support/everything-schema.ts'
import { lintOpenapi } from '../../support/openapi-lint.ts'
import { orderSchema } from '../../support/schemas.ts'

const documents = new TopicDocuments({
  contract: loadApiContract(),
  http: { publicUrl: 'https://gateway.example.org', tls: {} },
})

function schemaOf(avro: object, version = 3): WriterSchema {
  const ref = { subject: 'orders-value', version, id: version + 10 }
  return { ref, prefix: Buffer.alloc(0), codec: compileAvro(JSON.stringify(avro)) }
}

function contractOf(written: object): Contract {
  const reading = readContract({ topic: 'orders', ...written })
  assert.ok('contract' in reading, JSON.stringify(reading))
  return reading.contract
}

const text = (name: DocumentName, contract: Contract, schema: WriterSchema | null): string =>
  String(documents.of(name, { contract, schema }).bytes)

// biome-ignore lint/suspicious/noExplicitAny: documents are looked at by their places
const json = (...of: Parameters<typeof text>): any => JSON.parse(text(...of))

const contracts: [fact: string, contract: Contract, schema: WriterSchema | null][] = [
  ['with every type', defaultContract('orders'), schemaOf(everythingSchema)],
  [
    'with a key of its own, a range and a deprecation',
    contractOf({
      owner: 'shop@example.org',
      description: 'What was ordered.',
      key: { field: '/id' },
      subject: { version: { from: 2 } },
      masking: { unless: 'pii', fields: { '/note': 'mask' } },
      deprecation: {
        before: 5,
        since: '2026-01-01T00:00:00Z',
        sunset: '2027-01-01T00:00:00Z',
        refuseAfterSunset: true,
      },
      examples: [
        { title: 'Wrong', value: { id: 1 } },
        { title: 'An order', key: 'o-7', value: { id: 'o-7', amount: '19.90' } },
      ],
    }),
    schemaOf(orderSchema),
  ],
  ['without a schema by contract', contractOf({ schemaless: true }), null],
  ['whose schema is not there yet', defaultContract('orders'), null],
  ['of a type without a name', defaultContract('orders'), schemaOf([{ type: 'array', items: 'int' }, 'string'])],
]

suite('the documents of a topic', { timeout: 180_000 }, () => {
  test('are held to a linter that finds a reference to nowhere, and a wrong example', () => {
    const openapi = json('openapi', defaultContract('orders'), schemaOf(orderSchema))
    const withoutSchemas = { ...openapi, components: { ...openapi.components, schemas: {} } }
    openapi.paths['/v1/topics/orders/events'].post.requestBody.content['application/json'].examples.example1.value.id =
      7

    assert.match(lintOpenapi(JSON.stringify(withoutSchemas)), /no-unresolved-refs|Can't resolve/)
    assert.match(lintOpenapi(JSON.stringify(openapi)), /no-invalid-media-type-examples/)
  })

  for (const [fact, contract, schema] of contracts) {
    test(`are valid OpenAPI, with valid examples: ${fact}`, () => {
      assert.equal(lintOpenapi(text('openapi', contract, schema)), '')
    })

    test(`are valid AsyncAPI: ${fact}`, () => {
      // It brings the metaschema of JSON Schema itself.
      const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false }))
      const isValid = ajv.compile(officialSchema)
      assert.ok(isValid(json('asyncapi', contract, schema)), JSON.stringify(isValid.errors))
    })

    test(`are a module that compiles, and a schema that takes the example: ${fact}`, () => {
      const example = json('example', contract, schema)
      const types = `${text('types', contract, schema)}\nexport const example: Event = ${JSON.stringify(example)}\n`
      const ajv = addFormats.default(new Ajv2020({ strict: true, allowUnionTypes: true }))

      assert.deepEqual(compileTypescript(new Map([['types', types]])), [])
      assert.ok(ajv.validate(json('schema-publish', contract, schema), example), JSON.stringify(ajv.errors))
      assert.ok(ajv.compile(json('schema-read', contract, schema)))
    })
  }

  const [, [, contract, schema]] = contracts as [unknown, [string, Contract, WriterSchema]]

  test('show the valid examples of the contract, and no others', () => {
    const { paths } = json('openapi', contract, schema)

    assert.deepEqual(json('example', contract, schema), { id: 'o-7', amount: '19.90' })
    assert.deepEqual(paths['/v1/topics/orders/events'].post.requestBody.content['application/json'].examples, {
      example1: { summary: 'An order', value: { id: 'o-7', amount: '19.90' } },
    })
  })

  test('say the owner, the key rule, the range, the sunset, and where the gateway is', () => {
    const openapi = json('openapi', contract, schema)
    const { post } = openapi.paths['/v1/topics/orders/events']
    const names = post.parameters.map(({ name }: { name: string }) => name)

    assert.deepEqual(openapi.servers, [{ url: 'https://gateway.example.org' }])
    assert.match(openapi.info.description, /What was ordered\..*shop@example.org.*version 3.*"pii"/s)
    assert.equal(post.deprecated, true)
    assert.match(post.description, /at \/id/)
    assert.ok(names.includes('Event-Schema-Version') && !names.includes('Event-Key'), names.join())
    assert.match(post.responses[410].description, /sunset-passed/)
    assert.equal(openapi.paths['/v1/topics/orders/events'].get.deprecated, undefined)
  })

  test('of a topic without a deprecation, a range or a key rule say none of that', () => {
    const { post } = json('openapi', defaultContract('orders'), schema).paths['/v1/topics/orders/events']
    const names = post.parameters.map(({ name }: { name: string }) => name)

    assert.deepEqual([post.deprecated, post.responses[410]], [undefined, undefined])
    assert.ok(!names.includes('Event-Schema-Version') && names.includes('Event-Key'), names.join())
  })

  test('are written once for a contract and a schema, and again for another of either', () => {
    const of = (version: number, owner: string) =>
      documents.of('types', { contract: contractOf({ owner }), schema: schemaOf(orderSchema, version) })

    assert.equal(of(3, 'a'), of(3, 'a'))
    assert.notEqual(of(3, 'a').etag, of(3, 'b').etag)
    assert.notEqual(of(3, 'a').etag, of(4, 'a').etag)
  })
})
