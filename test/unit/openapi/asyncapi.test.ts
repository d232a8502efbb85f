import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import officialSchema from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import { asyncapiDocument } from '../../../src/openapi/asyncapi.ts'
import { loadApiContract } from '../../../src/openapi/contract.ts'

const contract = loadApiContract()
const inText = /"\$ref":"(#[^"]+)"/g

// biome-ignore lint/suspicious/noExplicitAny: held to the schema of AsyncAPI, not to types
const documentAt = (publicUrl?: string, tls = {}): any =>
  JSON.parse(JSON.stringify(asyncapiDocument(contract, { publicUrl, tls })))

/** What a reference points to; undefined where there is nothing. */
const at = (document: unknown, pointer: string): unknown =>
  pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((here, name) => (here as Record<string, unknown> | undefined)?.[name], document)

/** The names of component schemas that can be reached from a document, through components too. */
function reachedSchemas(document: unknown, roots: unknown): Set<string> {
  const seen = new Set<string>()
  const visit = (value: unknown): void => {
    for (const [, ref = ''] of JSON.stringify(value ?? null).matchAll(inText)) {
      if (seen.has(ref)) continue
      seen.add(ref)
      visit(at(document, ref))
    }
  }
  visit(roots)
  const prefix = '#/components/schemas/'
  return new Set([...seen].filter((ref) => ref.startsWith(prefix)).map((ref) => ref.slice(prefix.length)))
}

suite('the AsyncAPI document', () => {
  test('is valid by the official schema of AsyncAPI 3.0, with a public URL and without', () => {
    // It brings the metaschema of JSON Schema itself.
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false })
    addFormats.default(ajv)
    const isValid = ajv.compile(officialSchema)

    for (const publicUrl of [undefined, 'https://events.example.com/gateway', 'http://events.example.com:8080']) {
      assert.ok(isValid(documentAt(publicUrl)), JSON.stringify(isValid.errors?.slice(0, 5), null, 2))
    }
    assert.equal(isValid({ ...documentAt(), channels: { a: { address: 1 } } }), false)
  })

  test('has nothing that refers to nowhere', () => {
    const document = documentAt()
    const refs = [...JSON.stringify(document).matchAll(inText)].map(([, ref = '']) => ref)

    assert.ok(refs.length > 50)
    for (const ref of refs) assert.notEqual(at(document, ref), undefined, ref)
  })

  test('says where the gateway is', () => {
    const { servers } = documentAt('https://events.example.com/gateway')

    assert.deepEqual(
      [servers.http.protocol, servers.http.host, servers.http.pathname, servers.webSocket.protocol],
      ['https', 'events.example.com', '/gateway', 'wss'],
    )
    assert.equal(documentAt().servers.webSocket.protocol, 'ws')
  })

  test('has every message, command and reply of the contract, and receives each command', () => {
    const { channels, operations, components } = documentAt()
    const namesOf = (name: string) =>
      (contract.components.schemas[name] as { oneOf: { $ref: string }[] }).oneOf.map(({ $ref }) =>
        $ref.split('/').at(-1),
      )

    const [messages, commands, replies] = ['StreamMessage', 'StreamCommand', 'StreamReply'].map(namesOf)
    assert.deepEqual(Object.keys(channels.eventStream.messages), messages)
    assert.deepEqual(Object.keys(channels.lines.messages), messages)
    assert.deepEqual(Object.keys(channels.webSocket.messages), [messages, commands, replies].flat())
    assert.deepEqual(Object.keys(components.messages), [messages, commands, replies].flat())
    for (const name of commands ?? []) assert.equal(operations[`receive${name}`].action, 'receive')
    assert.equal(channels.eventStream.messages.GapMessage.headers.properties.event.const, 'gap')
    assert.equal(channels.eventStream.messages.HeartbeatMessage.payload, undefined)
  })

  test('and openapi.yaml together use every schema that openapi.yaml has', () => {
    const openapi = parse(contract.text) as { paths: Record<string, Record<string, unknown>> }
    const { channels, operations } = documentAt()
    const { 'x-web-socket': _, ...readStream } = (openapi.paths['/v1/stream'] as { get: Record<string, unknown> }).get
    const paths = { ...openapi.paths, '/v1/stream': { get: readStream } }

    const used = new Set([
      ...reachedSchemas(openapi, paths),
      ...reachedSchemas(documentAt(), [channels, operations]),
      // Named for what their alternatives are.
      'StreamCommand',
      'StreamReply',
    ])

    assert.deepEqual(
      Object.keys(contract.components.schemas).filter((name) => !used.has(name)),
      [],
    )
  })
})
