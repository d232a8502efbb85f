import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { findFreePorts } from '../../local/ports.ts'
import { Api } from '../support/api.ts'
import { cursorSecret, gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic } from '../support/reading.ts'
import { storedValues } from '../support/stored-values.ts'
import { issueToken } from '../support/tokens.ts'

const canary = 'canary-7f3a-which-nobody-may-print'

function start(t: TestContext, env: Record<string, string>, nodeArgs: readonly string[] = []): GatewayProcess {
  const gateway = new GatewayProcess({ ...gatewayEnvironment(), ...env }, nodeArgs)
  t.after(() => gateway[Symbol.asyncDispose]())
  return gateway
}

/** The lines of a start that is refused. */
async function refusal(gateway: GatewayProcess): Promise<string[]> {
  const { code } = await gateway.exit
  assert.equal(code, 1, gateway.stderr)
  assert.doesNotMatch(gateway.stdout, /Listening/)
  return gateway.stderr.trim().split('\n')
}

suite('the gateway does not start', () => {
  test('with settings that are missing or wrong: all are named, and no secret is shown', async (t) => {
    const lines = await refusal(
      start(t, {
        HEADGATE_HTTP_PORT: 'eighty',
        HEADGATE_REGISTRY_URL: '',
        HEADGATE_AUTH_ISSUER: `https://user:${canary}@issuer.example`,
        HEADGATE_PUBLISH_DEADLINE: '10',
        HEADGATE_SECRETS_CURSOR: `${canary},short`,
        HEADGATE_SECRETS_KAFKA_SASL_PASSWORD: canary,
        HEADGATE_SECRETS_REGISTRY_PASSWORD: canary,
      }),
    )

    const named = lines.map((line) => line.split(':', 1)[0])
    assert.deepEqual(named.sort(), [
      'HEADGATE_AUTH_ISSUER',
      'HEADGATE_HTTP_PORT',
      'HEADGATE_PUBLISH_DEADLINE',
      'HEADGATE_REGISTRY_URL',
      'HEADGATE_REGISTRY_USERNAME',
      'HEADGATE_SECRETS_CURSOR',
    ])
    assert.doesNotMatch(lines.join('\n'), new RegExp(canary))
  })

  test("with librdkafka's settings that carry its promises: each is refused by name", async (t) => {
    const fixed = { ACKS: 'acks', ENABLE_IDEMPOTENCE: 'enable.idempotence', PARTITIONER: 'partitioner' }
    const set = Object.fromEntries(Object.keys(fixed).map((name) => [`HEADGATE_KAFKA_${name}`, '1']))

    const lines = await refusal(start(t, { ...set, HEADGATE_KAFKA_MESSAGE_TIMEOUT_MS: '5000' }))

    assert.equal(lines.length, 4)
    for (const [name, property] of Object.entries(fixed)) {
      assert.ok(
        lines.some((line) => line.startsWith(`HEADGATE_KAFKA_${name}: \`${property}\` cannot be set: `)),
        lines.join('\n'),
      )
    }
    assert.ok(lines.some((line) => line.startsWith('HEADGATE_KAFKA_MESSAGE_TIMEOUT_MS: expected 120000 or more')))
  })

  test('with settings that librdkafka does not know, or values that it refuses, unseen where they are secret', async (t) => {
    const [unknown, refused] = await Promise.all([
      refusal(start(t, { HEADGATE_KAFKA_NO_SUCH_THING: '1' })),
      refusal(start(t, { HEADGATE_SECRETS_KAFKA_SECURITY_PROTOCOL: canary })),
    ])

    assert.deepEqual(unknown, ['kafka.properties: No such configuration property: "no.such.thing"'])
    assert.deepEqual(refused, [
      'kafka.properties: Invalid value "[redacted]" for configuration property "security.protocol"',
    ])
  })

  test('with a file for the registry that is not there', async (t) => {
    const [line = ''] = await refusal(start(t, { HEADGATE_REGISTRY_CA_FILE: '/no/such/file.pem' }))

    assert.match(line, /^registry: ENOENT.*\/no\/such\/file\.pem/)
  })

  test('with wrong contracts: every fault of every file is named with its place', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-contracts-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'a.yaml'), 'topic: "spaced name"\nowner: 5\n')
    writeFileSync(join(folder, 'b.yaml'), 'topic: orders\nschemales: true\n---\ntopic: orders\n')

    const lines = await refusal(start(t, { HEADGATE_CONTRACTS_DIRECTORY: folder }))

    for (const place of ['a.yaml, line 1: topic', 'a.yaml, line 2: owner', 'b.yaml, line 2: ']) {
      assert.ok(
        lines.some((line) => line.startsWith(place)),
        `${place} in ${lines.join('\n')}`,
      )
    }
  })

  test('on a port that another process has, or an address that the machine does not have: what to set is said', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    t.after(() => other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }

    const [taken, foreign] = await Promise.all([
      refusal(start(t, { HEADGATE_HTTP_PORT: String(port) })),
      refusal(start(t, { HEADGATE_HTTP_HOST: '192.0.2.1' })),
    ])

    const fix = 'another process has it. Set HEADGATE_HTTP_PORT to a free one.'
    assert.equal(taken.at(-1), `Cannot listen on 127.0.0.1, port ${port}: ${fix}`)
    assert.match(
      foreign.at(-1) ?? '',
      /^Cannot listen on 192\.0\.2\.1, .* Set HEADGATE_HTTP_HOST to one that it has\.$/,
    )
  })

  const addonFaults: Record<string, string> = {
    'is missing': "new Error('Could not locate the bindings file. Tried:')",
    'was built for another Node': "Object.assign(new Error('wrong ELF class'), { code: 'ERR_DLOPEN_FAILED' })",
    'was never installed':
      "Object.assign(new Error(\"Cannot find package '@confluentinc/kafka-javascript'\"), { code: 'ERR_MODULE_NOT_FOUND' })",
  }
  for (const [how, error] of Object.entries(addonFaults)) {
    test(`with a native Kafka client that ${how}: the command that mends it is printed`, async (t) => {
      const hooks = `import { registerHooks } from 'node:module'
        registerHooks({ resolve(specifier, context, next) {
          if (specifier === 'bindings') throw ${error}
          return next(specifier, context)
        } })`

      const lines = await refusal(start(t, {}, ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`]))

      assert.equal(lines.length, 2)
      assert.equal(lines[1], 'Run ./headgate up, which installs it, or: npm rebuild @confluentinc/kafka-javascript')
    })
  }
})

suite('the gateway stops', () => {
  test('on SIGTERM under load: requests under way are answered, nothing acknowledged is lost, and it starts again', async (t) => {
    const topic = await numberTopic(t)
    const [port] = await findFreePorts(1)
    const token = await issueToken(['publish', 'read'])
    const env = {
      HEADGATE_HTTP_PORT: String(port),
      HEADGATE_STOP_GRACE_MS: '1000',
      HEADGATE_LOG_LEVEL: 'trace',
      HEADGATE_REGISTRY_USERNAME: 'gateway',
      HEADGATE_SECRETS_REGISTRY_PASSWORD: canary,
      HEADGATE_SECRETS_KAFKA_SASL_PASSWORD: canary,
    }
    const gateway = start(t, env)
    const api = new Api(await gateway.listening(), token)
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    const clients = Array.from({ length: 16 }, (_, index) => publishUntilRefused(api, topic, index * 1_000_000))
    await pollUntil(() => clients.every(({ acknowledged }) => acknowledged.length > 5))

    gateway.signal('SIGTERM')
    const stoppedAt = performance.now()
    await pollUntil(async () => (await api.get('/readyz')).status === 503)
    const report = (await api.get('/readyz')).body
    const { code } = await gateway.exit
    const stopMs = performance.now() - stoppedAt
    const ends = await Promise.all(clients.map(({ end }) => end))

    assert.equal(report.status, 'stopping')
    assert.equal(code, 0, gateway.stderr)
    assert.ok(stopMs >= 1_000 && stopMs < 8_000, `${stopMs} ms`)
    // Reset are those whom the system had connected, and the gateway had not taken yet: below, nothing of theirs is stored.
    for (const end of ends) assert.ok(end === 'ECONNREFUSED' || end === 'ECONNRESET', end)
    const acknowledged = clients.flatMap((client) => client.acknowledged)
    t.diagnostic(`${acknowledged.length} events acknowledged, stopped after ${Math.round(stopMs)} ms`)
    const stored = (await storedValues([topic])).get(topic) ?? []
    assert.equal(stored.length, acknowledged.length)
    const offsets = acknowledged.map(({ offset }) => offset).sort((a, b) => a - b)
    assert.deepEqual(offsets, [...stored.keys()])
    for (const secret of [canary, cursorSecret, token]) assert.ok(!(gateway.stdout + gateway.stderr).includes(secret))

    const again = start(t, env)
    const next = new Api(await again.listening(), token)
    await pollUntil(async () => (await next.post(`/v1/topics/${topic}/events`, { n: 1 })).status === 201)
    again.signal('SIGINT')
    assert.equal((await again.exit).code, 0)
  })

  test('with Kafka away, too', async (t) => {
    const [nobody] = await findFreePorts(1)
    const gateway = start(t, { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${nobody}` })
    await gateway.listening()
    const stoppedAt = performance.now()

    gateway.signal('SIGTERM')

    assert.equal((await gateway.exit).code, 0)
    assert.ok(performance.now() - stoppedAt < 10_000)
  })

  test('once, however many signals come', async (t) => {
    const gateway = start(t, { HEADGATE_STOP_GRACE_MS: '300' })
    await gateway.listening()

    gateway.signal('SIGTERM')
    gateway.signal('SIGINT')
    gateway.signal('SIGTERM')

    assert.equal((await gateway.exit).code, 0)
    assert.equal(gateway.stdout.match(/"msg":"Stopping"/g)?.length, 1)
  })
})

/** Publishes one event after the other until no connection can be had; `end` is why it ended. */
function publishUntilRefused(api: Api, topic: string, first: number) {
  const acknowledged: { n: number; offset: number }[] = []
  const run = async (): Promise<string> => {
    for (let n = first; ; n++) {
      try {
        const answer = await api.post(`/v1/topics/${topic}/events`, { n: n % 2 ** 31 })
        if (answer.status !== 201) return answer.text
        acknowledged.push({ n, offset: answer.body.offset })
      } catch (error) {
        return (error as { cause?: { code?: string } }).cause?.code ?? String(error)
      }
    }
  }
  return { acknowledged, end: run() }
}
