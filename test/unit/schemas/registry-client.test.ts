import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import type { Config, Secrets } from '../../../src/config/config.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { RegistryClient } from '../../../src/schemas/registry-client.ts'
import { misbehaviours, RegistryStub } from '../../support/registry-stub.ts'

const timeoutMs = 1_000
const schema = '"string"'

async function startStub(t: TestContext, ...args: Parameters<typeof RegistryStub.start>): Promise<RegistryStub> {
  const stub = await RegistryStub.start(...args)
  t.after(() => stub[Symbol.asyncDispose]())
  return stub
}

function clientOf(t: TestContext, config: Partial<Config['registry']> & { url: string }, registryPassword?: string) {
  const health = new PartHealth('registry')
  const secrets: Secrets = { cursor: [], kafka: {}, ...(registryPassword !== undefined && { registryPassword }) }
  const client = new RegistryClient({ timeoutMs, latestTtlMs: 1, ...config }, secrets, health)
  t.after(() => client[Symbol.asyncDispose]())
  return { client, health }
}

suite('RegistryClient', () => {
  test('asks for subjects, versions, ids and the version of a schema', async (t) => {
    const stub = await startStub(t)
    stub.add('a/b?', schema)
    const { client, health } = clientOf(t, { url: `${stub.url}/` })
    const stored = { schema, schemaType: 'AVRO', references: [] }
    const found = { subject: 'a/b?', version: 1, id: 1, ...stored }

    assert.deepEqual(await client.latest('a/b?'), found)
    assert.deepEqual(await client.version('a/b?', 1), found)
    assert.deepEqual(await client.byId(1), stored)
    assert.deepEqual(await client.versionOf('a/b?', stored), found)
    assert.deepEqual(stub.hits, [
      'GET /subjects/a%2Fb%3F/versions/latest',
      'GET /subjects/a%2Fb%3F/versions/1',
      'GET /schemas/ids/1',
      'POST /subjects/a%2Fb%3F',
    ])
    assert.equal(health.current.state, 'up')
  })

  test('knows "there is none" from a failure', async (t) => {
    const stub = await startStub(t)
    stub.add('known', schema)
    const { client, health } = clientOf(t, { url: stub.url })

    assert.equal(await client.latest('other'), undefined)
    assert.equal(await client.version('known', 2), undefined)
    assert.equal(await client.byId(99), undefined)
    assert.equal(health.current.state, 'up')
  })

  test('takes a registry without the path of GUIDs for one that has none of them', async (t) => {
    const stub = await startStub(t)
    stub.misbehave = (res) => res.writeHead(404).end()
    const { client, health } = clientOf(t, { url: stub.url })

    assert.equal(await client.byGuid('123e4567-e89b-12d3-a456-426614174000'), undefined)
    assert.equal(health.current.state, 'up')
  })

  for (const [what, misbehave] of Object.entries(misbehaviours)) {
    test(`is registry-unavailable, in time, where the registry ${what}`, async (t) => {
      const stub = await startStub(t)
      stub.misbehave = misbehave
      const { client, health } = clientOf(t, { url: stub.url })
      const started = performance.now()

      await assert.rejects(client.latest('orders'), (error) => {
        assert.ok(error instanceof GatewayError)
        assert.equal(error.code, 'registry-unavailable')
        assert.equal(error.extras.retryAfterSeconds, 1)
        assert.doesNotMatch(error.message, /127\.0\.0\.1|<html|upstream/)
        return true
      })

      assert.ok(performance.now() - started < timeoutMs + 500)
      assert.equal(health.current.state, 'down')
      assert.equal(stub.hits.length, 1)
    })
  }

  test('is registry-unavailable where nothing listens, and does not tell callers the address', async (t) => {
    const stub = await RegistryStub.start()
    const { client, health } = clientOf(t, { url: stub.url })
    await stub[Symbol.asyncDispose]()

    await assert.rejects(client.latest('orders'), { message: 'The schema registry cannot be reached.' })
    assert.match(health.current.cause ?? '', /ECONNREFUSED/)
  })

  test('asks a registry that hangs one question at a time, whatever it is asked', async (t) => {
    const stub = await startStub(t)
    const { client } = clientOf(t, { url: stub.url })
    stub.misbehave = misbehaviours['never answers']
    await assert.rejects(client.latest('first'))
    const started = performance.now()

    const asked = Array.from({ length: 50 }, (_, index) => client.latest(`subject-${index}`))
    await Promise.allSettled(asked)

    assert.ok(performance.now() - started < 100)
    assert.equal(stub.hits.length, 1)
  })

  test('goes on asking for other schemas where the registry fails over one', async (t) => {
    const stub = await startStub(t)
    stub.add('good', schema)
    const { client } = clientOf(t, { url: stub.url })
    stub.misbehave = misbehaviours['answers 500']
    await assert.rejects(client.latest('bad'))
    stub.misbehave = undefined

    assert.equal((await client.latest('good'))?.version, 1)
  })

  test('refuses an answer of more than 16 MiB', async (t) => {
    const stub = await startStub(t)
    stub.add('huge', JSON.stringify('x'.repeat(17 * 1024 * 1024)))
    const { client } = clientOf(t, { url: stub.url, timeoutMs: 5_000 })

    await assert.rejects(client.latest('huge'), { code: 'registry-unavailable' })
  })

  test('sends user and password, and only where they are set', async (t) => {
    const stub = await startStub(t)
    const { client: open } = clientOf(t, { url: stub.url })
    const { client: known } = clientOf(t, { url: stub.url, username: 'gate' }, 'pässword:with colon')

    await open.latest('x')
    const ofOpen = stub.lastHeaders.authorization
    await known.latest('x')
    const [scheme, credentials = ''] = stub.lastHeaders.authorization?.split(' ') ?? []

    assert.equal(ofOpen, undefined)
    assert.equal(scheme, 'Basic')
    assert.equal(Buffer.from(credentials, 'base64').toString(), 'gate:pässword:with colon')
  })
})

suite('RegistryClient over TLS', () => {
  let folder: string
  const fileAt = (name: string): string => join(folder, name)
  const pem = (name: string): Buffer => readFileSync(fileAt(name))

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'headgate-tls-'))
    const certificate = (name: string, ...more: string[]): void => {
      const files = ['-keyout', fileAt(`${name}.key`), '-out', fileAt(`${name}.crt`)]
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', '-subj', `/CN=${name}`, ...files, ...more], {
        stdio: 'pipe',
      })
    }
    certificate('registry', '-addext', 'subjectAltName=IP:127.0.0.1')
    certificate('gateway')
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  test('trusts the authority of caFile, and no other', async (t) => {
    const stub = await startStub(t, { cert: pem('registry.crt'), key: pem('registry.key') })
    stub.add('orders', schema)
    const { client: trusting } = clientOf(t, { url: stub.url, caFile: fileAt('registry.crt') })
    const { client: unsure, health } = clientOf(t, { url: stub.url })

    assert.equal((await trusting.latest('orders'))?.version, 1)
    await assert.rejects(unsure.latest('orders'), { code: 'registry-unavailable' })
    assert.match(health.current.cause ?? '', /self-signed certificate/)
  })

  test('shows the certificate of certFile', async (t) => {
    const tls = { cert: pem('registry.crt'), key: pem('registry.key'), ca: pem('gateway.crt'), requestCert: true }
    const stub = await startStub(t, { ...tls, rejectUnauthorized: true })
    stub.add('orders', schema)
    const base = { url: stub.url, caFile: fileAt('registry.crt') }
    const { client: named } = clientOf(t, { ...base, certFile: fileAt('gateway.crt'), keyFile: fileAt('gateway.key') })
    const { client: anonymous } = clientOf(t, base)

    assert.equal((await named.latest('orders'))?.version, 1)
    await assert.rejects(anonymous.latest('orders'), { code: 'registry-unavailable' })
  })

  test('cannot be made with files that are absent or no certificates', (t) => {
    const url = 'https://127.0.0.1:1'

    assert.throws(() => clientOf(t, { url, caFile: fileAt('absent.pem') }), { code: 'ENOENT' })
    assert.throws(() => clientOf(t, { url, certFile: fileAt('gateway.key'), keyFile: fileAt('gateway.key') }))
  })
})
