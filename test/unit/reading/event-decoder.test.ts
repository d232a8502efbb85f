import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { defaultContract } from '../../../src/contracts/contract.ts'
import type { StoredRecord } from '../../../src/kafka/record.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { EventDecoder } from '../../../src/reading/event-decoder.ts'
import { RegistryClient } from '../../../src/schemas/registry-client.ts'
import { SchemaCatalog } from '../../../src/schemas/schema-catalog.ts'
import { RegistryStub } from '../../support/registry-stub.ts'

const options = { longs: 'number', unmasked: new Set<string>() } as const
const record = (value: Buffer | null): StoredRecord => ({
  topic: 'orders',
  partition: 0,
  offset: 7,
  timestamp: -1,
  key: null,
  value,
  headers: [],
  bytes: 0,
})
const ofSchema = (id: number): StoredRecord => record(Buffer.from([0, 0, 0, 0, id, 6]))

async function startDecoder(t: TestContext): Promise<{ stub: RegistryStub; decoder: EventDecoder }> {
  const stub = await RegistryStub.start()
  t.after(() => stub[Symbol.asyncDispose]())
  const config = { url: stub.url, timeoutMs: 1_000, latestTtlMs: 60_000 }
  const client = new RegistryClient(config, { cursor: [], kafka: {} }, new PartHealth('registry'))
  t.after(() => client[Symbol.asyncDispose]())
  return { stub, decoder: new EventDecoder(new SchemaCatalog(client, 60_000)) }
}

suite('EventDecoder', () => {
  test('gives an event without a promise where its schema is known', async (t) => {
    const { stub, decoder } = await startDecoder(t)
    const id = stub.add('orders-value', '"int"')
    const contract = defaultContract('orders')

    const first = decoder.decode(ofSchema(id), contract, options)
    const awaited = await first
    const second = decoder.decode(ofSchema(id), contract, options)

    assert.ok(first instanceof Promise)
    assert.equal(awaited.value, 3)
    assert.deepEqual(second, awaited)
  })

  test('gives what needs no schema without a promise, and an unknown id at its second time', async (t) => {
    const { decoder } = await startDecoder(t)
    const contract = defaultContract('orders')
    const decode = (value: Buffer | null, schemaless = false) =>
      decoder.decode(record(value), { ...contract, schemaless }, options)
    await decoder.decode(ofSchema(99), contract, options)

    const events = [decode(null), decode(Buffer.from('{}')), decode(Buffer.from('[1]'), true)]
    const unknown = decoder.decode(ofSchema(99), contract, options)

    assert.deepEqual(
      [...events, unknown].map((event) => ('value' in event ? event.value : (event as { error: object }).error)),
      [
        null,
        {
          code: 'undecodable',
          detail: 'The record does not name a schema. Mark the topic "schemaless" in its contract if it holds JSON.',
        },
        [1],
        { code: 'schema-unknown', detail: 'The registry has no schema of id 99.' },
      ],
    )
  })

  test('rejects where the registry must be asked and is away', async (t) => {
    const { stub, decoder } = await startDecoder(t)
    stub.misbehave = (res) => res.writeHead(503).end()

    await assert.rejects(async () => decoder.decode(ofSchema(1), defaultContract('orders'), options), {
      code: 'registry-unavailable',
    })
  })

  test('JSON of any depth is given, or is undecodable; what is given can be written', async (t) => {
    const { decoder } = await startDecoder(t)
    const contract = { ...defaultContract('orders'), schemaless: true }

    for (const depth of [1, 500, 501, 3_000, 100_000]) {
      const value = Buffer.from('['.repeat(depth) + ']'.repeat(depth))
      const event = await decoder.decode(record(value), contract, options)
      assert.equal(event.error?.code, depth > 500 ? 'undecodable' : undefined, String(depth))
      JSON.stringify(event)
    }
  })
})
