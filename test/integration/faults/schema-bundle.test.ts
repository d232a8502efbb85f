import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { projectDirectory } from '../../../local/paths.ts'
import { capturedLog } from '../../support/captured-log.ts'
import { type GatewayOptions, startGateway, type TestGateway, uniqueName } from '../../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../../support/kafka.ts'
import { type OwnPart, startOwnRegistry } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { numberSchema } from '../../support/reading.ts'
import { registerSchema } from '../../support/schemas.ts'

const ttlMs = 500
const withNote = { ...numberSchema, fields: [...numberSchema.fields, { name: 'note', type: 'string', default: '' }] }

const folder = mkdtempSync(join(tmpdir(), 'headgate-bundle-'))
const file = join(folder, 'bundle.json')
const [first, second, absent] = [uniqueName('first'), uniqueName('second'), uniqueName('absent')]
let registry: OwnPart<{ url: string }>

function gatewayBefore(url: string, options: GatewayOptions & { bundle?: string } = {}): Promise<TestGateway> {
  const { bundle, ...more } = options
  const env = {
    HEADGATE_REGISTRY_URL: url,
    HEADGATE_REGISTRY_TIMEOUT_MS: '1000',
    HEADGATE_REGISTRY_LATEST_TTL_MS: String(ttlMs),
    ...(bundle !== undefined && { HEADGATE_REGISTRY_BUNDLE: bundle }),
  }
  return startGateway({ env, ...more })
}

const publish = ({ api }: TestGateway, topic: string) => api.post(`/v1/topics/${topic}/events`, { n: 1 })
const partsOf = async ({ api }: TestGateway) => (await api.get('/readyz')).body

async function writeBundle(url: string, ...subjects: string[]): Promise<void> {
  const cli = join(projectDirectory, 'src/cli/main.ts')
  const wanted = subjects.flatMap((subject) => ['--subject', subject])
  await promisify(execFile)(process.execPath, [cli, 'schema', 'bundle', '--registry', url, '--out', file, ...wanted])
}

before(async () => {
  registry = await startOwnRegistry()
  for (const name of [first, second, absent]) {
    await createTopic(untilTheRunEnds, { name })
    await registerSchema(`${name}-value`, numberSchema, registry.url)
  }
  await writeBundle(registry.url, `${first}-value`, `${second}-value`)
  await registry.part.kill()
})
after(async () => {
  await registry[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

suite('a gateway that starts while its registry is away', () => {
  let gateway: TestGateway

  before(async () => {
    gateway = await gatewayBefore(registry.url, { bundle: file })
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('publishes and reads what its bundle has, and turns away the rest', async () => {
    const published = await publish(gateway, first)
    const read = await gateway.api.get(`/v1/topics/${first}/events`)
    const turnedAway = await publish(gateway, absent)

    assert.equal(published.status, 201, published.text)
    assert.deepEqual(
      read.body.events.map(({ value, schema }: { value: unknown; schema: unknown }) => ({ value, schema })),
      [{ value: { n: 1 }, schema: published.body.schema }],
    )
    assert.deepEqual([turnedAway.status, turnedAway.body.code], [503, 'registry-unavailable'])
    const { status, parts } = await partsOf(gateway)
    assert.deepEqual([status, parts.registry.state, parts.schemaBundle.state], ['degraded', 'down', 'starting'])
  })

  test('publishes nothing without a bundle', async () => {
    await using without = await gatewayBefore(registry.url)

    assert.equal((await publish(without, first)).body.code, 'registry-unavailable')
  })

  test('goes by the registry as soon as that is back', async () => {
    await registry.part.restart()
    await registerSchema(`${first}-value`, withNote, registry.url)

    await pollUntil(async () => (await publish(gateway, first)).body.schema?.version === 2)
    assert.equal((await publish(gateway, absent)).status, 201)
    await pollUntil(async () => (await partsOf(gateway)).parts.schemaBundle.state === 'up')
    assert.equal((await partsOf(gateway)).status, 'ready')
  })

  test('has its bundle for what it has not asked for yet when the registry goes away again', async () => {
    await registry.part.kill()

    await pollUntil(async () => (await publish(gateway, second)).status === 201)
    assert.equal((await publish(gateway, first)).body.schema.version, 2)
  })
})

suite('a bundle of another registry', () => {
  let other: OwnPart<{ url: string }>
  let idThere: number

  before(async () => {
    other = await startOwnRegistry()
    for (let more = 0; more < 5; more++)
      await registerSchema(`more-${more}`, { ...numberSchema, name: `More${more}` }, other.url)
    await registerSchema(`${first}-value`, { ...numberSchema, name: 'Another' }, other.url)
    idThere = await registerSchema(`${second}-value`, numberSchema, other.url)
    await other.part.kill()
  })
  after(() => other[Symbol.asyncDispose]())

  test('is found out as soon as the registry answers, which is then the only one that is asked', async () => {
    const { log, lines } = capturedLog()
    await using gateway = await gatewayBefore(other.url, { bundle: file, log })
    const idOfBundle = (await publish(gateway, second)).body.schema.id
    assert.notEqual(idOfBundle, idThere)

    await other.part.restart()
    await pollUntil(async () => (await partsOf(gateway)).parts.schemaBundle.state === 'down')

    const { status, parts } = await partsOf(gateway)
    assert.equal(status, 'degraded')
    assert.match(parts.schemaBundle.cause, /2 schemas of the bundle are not those of the registry/)
    assert.ok(lines.some(({ level, msg }) => level === 'error' && /not of this registry/.test(msg)))
    assert.equal((await publish(gateway, second)).body.schema.id, idThere)

    await other.part.kill()
    assert.equal((await publish(gateway, first)).body.code, 'registry-unavailable')
    assert.equal((await publish(gateway, second)).body.schema.id, idThere)
  })
})

suite('a bundle that cannot be used', () => {
  test('refuses the start with each of its faults', async () => {
    const bundle = JSON.parse(readFileSync(file, 'utf8'))
    const [one] = bundle.schemas
    const broken = join(folder, 'broken.json')
    const schemas = [one, one, { ...one, version: 2, schema: '"int"' }, { ...one, version: 3, id: 999, schema: '"x"' }]
    writeFileSync(broken, JSON.stringify({ ...bundle, schemas }))

    await assert.rejects(gatewayBefore(registry.url, { bundle: broken }), {
      name: 'ConfigError',
      message: [
        `version 1 of "${first}-value" is there twice`,
        `id ${one.id} has different schemas: version 1 of "${first}-value", and version 2 of "${first}-value"`,
        `version 3 of "${first}-value" cannot be used: There is no type "x".`,
      ]
        .map((fault) => `registry.bundle: ${fault}`)
        .join('\n'),
    })
  })
})
