import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { parseJson } from '../../../src/json/parse-json.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { SchemaBundle } from '../../../src/schemas/bundle/schema-bundle.ts'
import { ByteSink } from '../../../src/schemas/byte-sink.ts'
import { RegistryClient } from '../../../src/schemas/registry-client.ts'
import { type ReaderSchema, SchemaCatalog, type WriterSchema } from '../../../src/schemas/schema-catalog.ts'
import { misbehaviours, RegistryStub } from '../../support/registry-stub.ts'

const ttlMs = 50
const recordOf = (name: string, type: unknown) => ({ type: 'record', name, fields: [{ name: 'f', type }] })

async function startCatalog(
  t: TestContext,
): Promise<{ stub: RegistryStub; client: RegistryClient; catalog: SchemaCatalog }> {
  const stub = await RegistryStub.start()
  t.after(() => stub[Symbol.asyncDispose]())
  const config = { url: stub.url, timeoutMs: 1_000, latestTtlMs: ttlMs }
  const client = new RegistryClient(config, { cursor: [], kafka: {} }, new PartHealth('registry'))
  t.after(() => client[Symbol.asyncDispose]())
  return { stub, client, catalog: new SchemaCatalog(client, ttlMs) }
}

suite('SchemaCatalog', () => {
  test('asks once for what many want at the same time, and not again for what it knows', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    const id = stub.add('orders', '"string"')
    const ofAnother = stub.add('payments', '"int"')

    const [one, other] = await Promise.all([catalog.version('orders', 1), catalog.version('orders', 1)])
    await Promise.all([ofAnother, ofAnother, id].map((each) => catalog.reader({ id: each, start: 5 })))

    assert.equal(one, other)
    assert.equal(catalog.version('orders', 1), one)
    assert.equal((catalog.reader({ id, start: 5 }) as ReaderSchema).id, id)
    assert.deepEqual(one.ref, { subject: 'orders', version: 1, id })
    assert.deepEqual(stub.hits, ['GET /subjects/orders/versions/1', `GET /schemas/ids/${ofAnother}`])
  })

  test('goes on with versions and ids that it knows while the registry is away', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    const id = stub.add('orders', '"string"')
    const version = await catalog.version('orders', 1)
    const latest = await catalog.latest('orders')
    const reader = await catalog.reader({ id, start: 5 })
    assert.ok(reader)
    const ref = await catalog.refOf(reader, 'orders')
    const none = await catalog.refOf(reader, 'another')
    stub.misbehave = misbehaviours['answers 503 with text']
    await delay(2 * ttlMs)

    assert.equal(catalog.version('orders', 1), version)
    assert.equal(await catalog.latest('orders'), latest)
    assert.equal(await catalog.reader({ id, start: 5 }), reader)
    assert.deepEqual(await catalog.refOf(reader, 'orders'), ref)
    assert.equal(none, undefined)
    assert.equal(await catalog.refOf(reader, 'another'), undefined)
    await assert.rejects(async () => catalog.latest('unknown'), { code: 'registry-unavailable' })
  })

  test('forgets failures: what the registry did not have yet is found as soon as it has it', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    await assert.rejects(async () => catalog.latest('orders'), { code: 'schema-not-found' })
    await assert.rejects(async () => catalog.version('orders', 1), { code: 'schema-not-found' })

    stub.add('orders', '"string"')

    assert.equal((await catalog.latest('orders')).ref.version, 1)
    assert.equal((await catalog.version('orders', 1)).ref.version, 1)
  })

  test('does not ask again at once for an id that the registry does not have', async (t) => {
    const { stub, catalog } = await startCatalog(t)

    assert.equal(await catalog.reader({ id: 404, start: 5 }), undefined)
    assert.equal(await catalog.reader({ id: 404, start: 5 }), undefined)

    assert.deepEqual(stub.hits, ['GET /schemas/ids/404'])
  })

  test('takes the new schema where a subject was deleted and counts its versions from 1 again', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    stub.add('orders', '"string"')
    assert.equal((await catalog.latest('orders')).ref.id, 1)

    stub.subjects.delete('orders')
    stub.add('orders', '"int"', { id: 77 })
    await delay(2 * ttlMs)

    const { ref, prefix } = await catalog.latest('orders')
    assert.deepEqual(ref, { subject: 'orders', version: 1, id: 77 })
    assert.equal(prefix.readUInt32BE(1), 77)
  })

  test('stops using a subject that the registry no longer has', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    stub.add('orders', '"string"')
    await catalog.latest('orders')

    stub.subjects.delete('orders')
    await delay(2 * ttlMs)

    await assert.rejects(async () => catalog.latest('orders'), { code: 'schema-not-found' })
  })

  test('follows references through other subjects, each schema once', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    const refer = (...subjects: string[]) => ({
      references: subjects.map((subject) => ({ name: subject, subject, version: 1 })),
    })
    stub.add('c', { type: 'enum', name: 'C', symbols: ['X', 'Y'] })
    stub.add('b', recordOf('B', 'C'), refer('c'))
    stub.add('a', recordOf('A', ['B', 'C']), refer('b', 'c'))

    const { codec } = await catalog.latest('a')

    const sink = new ByteSink()
    assert.deepEqual(codec.encode(parseJson(Buffer.from('{"f":{"f":"Y"}}'), 9), sink), [])
    assert.deepEqual(sink.slice(0, sink.length), Buffer.from([0, 2]))
    assert.equal(stub.hits.filter((hit) => hit.includes('/c/')).length, 1)
  })

  const unusable: [string, (stub: RegistryStub) => void, RegExp][] = [
    ['is of another type', (stub) => stub.add('s', '{"type":"object"}', { schemaType: 'JSON' }), /type JSON/],
    ['is not JSON', (stub) => stub.add('s', '{"type":'), /cannot be used/],
    ['is not Avro', (stub) => stub.add('s', { type: 'recrod', name: 'X', fields: [] }), /recrod/],
    ['uses a type that nothing defines', (stub) => stub.add('s', recordOf('A', 'Missing')), /Missing/],
    [
      'refers to what the registry does not have',
      (stub) => stub.add('s', recordOf('A', 'B'), { references: [{ name: 'B', subject: 'nowhere', version: 3 }] }),
      /version 3 of "nowhere"/,
    ],
    [
      'refers to itself',
      (stub) => stub.add('s', recordOf('A', 'B'), { references: [{ name: 'B', subject: 's', version: 1 }] }),
      /cannot be used/,
    ],
  ]
  for (const [how, add, message] of unusable) {
    test(`is schema-unusable where the schema ${how}`, async (t) => {
      const { stub, catalog } = await startCatalog(t)
      add(stub)

      await assert.rejects(async () => catalog.latest('s'), { code: 'schema-unusable', message })
    })
  }

  test('refreshes a subject: its latest version, the versions of its schemas, and ids that were unknown', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    const id = stub.add('orders', recordOf('A', 'int'))
    await catalog.latest('orders')
    assert.equal(await catalog.reader({ id: 2, start: 5 }), undefined)
    stub.add('orders', recordOf('A', 'long'))
    stub.add('payments', recordOf('P', 'int'))

    await catalog.refresh('orders')
    const asked = stub.hits.length

    assert.equal(((await catalog.latest('orders')) as { ref: { version: number } }).ref.version, 2)
    assert.ok(await catalog.reader({ id: 2, start: 5 }))
    assert.ok(await catalog.reader({ id, start: 5 }))
    assert.equal(stub.hits.length, asked)
  })

  test('remembers what a number meant, unless something was deleted for good', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    stub.add('orders', recordOf('A', 'int'))
    const first = await catalog.version('orders', 1)
    stub.subjects.delete('orders')
    const id = stub.add('orders', recordOf('A', 'long'), { id: 50 })

    await catalog.refresh('orders')
    assert.equal(catalog.version('orders', 1), first)

    await catalog.refresh('orders', true)
    assert.equal((await catalog.version('orders', 1)).ref.id, id)
  })

  test('gives the newest of a range, and others of it, without a promise once they are known, and while the registry is away', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    for (const type of ['"int"', '"long"', '"float"', '"double"']) stub.add('orders', type)
    const rule = { subjectName: 'orders', subject: { version: { from: 2, to: 3 } } }
    const versionOf = (schema: unknown) => (schema as WriterSchema).ref.version
    const newest = await catalog.writerOf(rule)
    const asked = await catalog.writerOf(rule, 2)
    const hits = stub.hits.length

    assert.deepEqual([versionOf(newest), versionOf(asked)], [3, 2])
    assert.equal(catalog.writerOf(rule), newest)
    assert.equal(catalog.writerOf(rule, 2), asked)
    for (const version of [1, 4, 99]) {
      const refused = {
        code: 'schema-version-not-allowed',
        message: new RegExp(`^Version ${version} .* from 2 to 3\\.$`),
      }
      await assert.rejects(async () => catalog.writerOf(rule, version), refused)
    }
    assert.equal(stub.hits.length, hits, 'nothing was asked for what is not allowed')
    stub.misbehave = misbehaviours['answers 503 with text']
    await delay(2 * ttlMs)
    assert.equal(await catalog.writerOf(rule), newest)
    assert.equal(await catalog.writerOf(rule, 2), asked)
  })

  test('has no schema for a range of which the registry has none', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    stub.add('orders', '"int"')
    const of = (subjectName: string) => async () => catalog.writerOf({ subjectName, subject: { version: { from: 2 } } })

    await assert.rejects(of('orders'), {
      code: 'schema-not-found',
      message: /no version from 2 on of subject "orders"/,
    })
    await assert.rejects(of('unknown'), { code: 'schema-not-found' })
  })

  test('is one question a second for the registry, however many want what is not known while it is away', async (t) => {
    const { stub, catalog } = await startCatalog(t)
    stub.misbehave = misbehaviours['answers 503 with text']
    const ask = () => assert.rejects(async () => catalog.latest(randomUUID()), { code: 'registry-unavailable' })
    await ask()
    const [startedAt, asked] = [performance.now(), stub.hits.length]

    while (performance.now() - startedAt < 2_500) await Promise.all(Array.from({ length: 50 }, ask))

    const probes = stub.hits.length - asked
    assert.ok(probes === 2 || probes === 3, `${probes}`)
  })

  test('asks its standby for what it does not know while the registry is away, as long as that is trusted', async (t) => {
    const { stub, client } = await startCatalog(t)
    const bundle = new SchemaBundle([
      { subject: 'orders', version: 1, id: 7, schema: '"string"', schemaType: 'AVRO', references: [] },
    ])
    const standby = { isTrusted: true, catalog: new SchemaCatalog(bundle, Number.POSITIVE_INFINITY) }
    const catalog = new SchemaCatalog(client, ttlMs, standby)
    stub.misbehave = misbehaviours['answers 503 with text']

    const ref = { subject: 'orders', version: 1, id: 7 }
    assert.deepEqual((await catalog.latest('orders')).ref, ref)
    assert.deepEqual((await catalog.version('orders', 1)).ref, ref)
    const inRange = { subjectName: 'orders', subject: { version: { from: 1 } } }
    assert.deepEqual((await catalog.writerOf(inRange))?.ref, ref)
    const reader = await catalog.reader({ id: 7, start: 5 })
    assert.ok(reader)
    assert.deepEqual(await catalog.refOf(reader, 'orders'), ref)
    const unknown = [
      () => catalog.latest('payments'),
      () => catalog.version('orders', 2),
      () => catalog.reader({ id: 8, start: 5 }),
    ]
    for (const ask of unknown) await assert.rejects(async () => ask(), { code: 'registry-unavailable' })
    standby.isTrusted = false
    await assert.rejects(async () => catalog.latest('orders'), { code: 'registry-unavailable' })
  })

  test('asks nothing for a topic that is schemaless', async (t) => {
    const { stub, catalog } = await startCatalog(t)

    assert.equal(catalog.writerOf({ subjectName: null, subject: {} }), null)
    assert.deepEqual(stub.hits, [])
  })
})
