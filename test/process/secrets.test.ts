import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { projectDirectory } from '../../local/paths.ts'
import { secretSettings } from '../../src/config/settings.ts'
import { Api, operationSpecs } from '../support/api.ts'
import { createKey } from '../support/api-keys.ts'
import { auditTopic, promptAudit } from '../support/audit.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { createTopic } from '../support/kafka.ts'
import { misplaced } from '../support/places-for-credentials.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema, numberTopic } from '../support/reading.ts'
import { answerJson, RegistryStub } from '../support/registry-stub.ts'
import { storedMessages } from '../support/stored-values.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'
import {
  everyScope,
  nameOfOwnSubscription,
  namesOfOwnSubject,
  topicOfOwnContract,
  validRequest,
} from '../support/valid-requests.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

type Environment = Record<string, string>

/** A value of its own for each secret that there is: also for those that are added to the schema later. */
const canaries = new Map(
  [
    ...secretSettings.map(({ env }) => env),
    'HEADGATE_SECRETS_KAFKA_SASL_PASSWORD',
    'HEADGATE_SECRETS_KAFKA_SSL_KEY_PASSWORD',
  ].map((name) => [name, `canary-of-${name.toLowerCase().replaceAll('_', '-')}-0123456789abcdef`]),
)

function byEnvironment(): Environment {
  return Object.fromEntries(canaries)
}

function byFile(t: TestContext): Environment {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-secrets-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return Object.fromEntries(
    [...canaries].map(([name, value], index) => {
      const file = join(folder, String(index))
      writeFileSync(file, `${value}\n`, { mode: 0o600 })
      return [`${name}_FILE`, file]
    }),
  )
}

/** As the gateways of the tests are started, without their secrets. */
function withoutSecrets(): Environment {
  return Object.fromEntries(
    Object.entries(gatewayEnvironment()).filter(([name]) => !name.startsWith('HEADGATE_SECRETS_')),
  )
}

function start(t: TestContext, env: Environment): GatewayProcess {
  const gateway = new GatewayProcess(env)
  t.after(() => gateway[Symbol.asyncDispose]())
  return gateway
}

/** No canary, also not as it is sent to the registry, and nothing else that is secret. */
function assertSilent(text: string, where: string, more: readonly string[] = []): void {
  const password = canaries.get('HEADGATE_SECRETS_REGISTRY_PASSWORD')
  const asSent = Buffer.from(`gateway:${password}`).toString('base64')
  for (const secret of [...canaries.values(), asSent.slice(12, -4), ...more]) {
    const at = text.indexOf(secret)
    assert.equal(at, -1, `${where}: …${text.slice(Math.max(0, at - 200), at + 40)}…`)
  }
}

/** Parts of a credential that nothing else has: not the header of a token or the beginning of a ticket, which others have too. */
function tellingParts(credential: string): string[] {
  const [, payload, signature] = credential.split('.')
  if (payload && signature)
    return [payload.slice(8, 32), payload.slice(-24), signature.slice(0, 24), signature.slice(-24)]
  return credential.startsWith('hg_')
    ? [credential.slice(24, 44), credential.slice(-24)]
    : [credential.slice(-40, -20), credential.slice(-20)]
}

const ways: [string, (t: TestContext) => Environment][] = [
  ['the environment', byEnvironment],
  ['files', byFile],
]

for (const [way, secretsOf] of ways) {
  suite(`secrets that come by ${way}`, { timeout: 120_000 }, () => {
    test('are in nothing that the gateway says while it does everything that it can do', async (t) => {
      const topic = await numberTopic(t)
      const env = {
        ...withoutSecrets(),
        ...promptAudit,
        HEADGATE_REGISTRY_USERNAME: 'gateway',
        HEADGATE_LOG_LEVEL: 'trace',
        HEADGATE_KAFKA_DEBUG: 'conf,security,broker',
        ...secretsOf(t),
      }
      const gateway = start(t, env)
      const url = await gateway.listening()
      const token = await issueToken(everyScope)
      const api = new Api(url, token)
      await pollUntil(async () => (await api.get('/readyz')).status === 200)
      const said: [where: string, text: string][] = []
      const key = await createKey({ api }, { scopes: ['publish', 'read'] })
      const ticket = await takeTicket({ api }, { topics: [topic] })
      const credentials = [token, key.key, ticket]

      for (const spec of operationSpecs) {
        const { id } = await createKey({ api }, { scopes: ['read'] })
        const own = {
          ...(await nameOfOwnSubscription(spec, { url, topic, token })),
          ...(await topicOfOwnContract(spec, { url, token })),
        }
        const { path, ...request } = validRequest(spec, { topic, id, ...own, ...(await namesOfOwnSubject(spec)) })
        for (const credential of [token, key.key, `${key.key.slice(0, -1)}!`, null]) {
          if (spec.id === 'readStream' && credential !== null && !credential.endsWith('!')) continue
          const { status, text, headers } = await api.call(path, { ...request, token: credential })
          const showsKey = ['createApiKey', 'rotateApiKey'].includes(spec.id) && status < 300
          said.push([`${spec.id} ${status}`, [...headers].join() + (showsKey ? '' : text)])
        }
      }
      const socket = await WebSocketClient.open(t, { url }, { query: { topics: topic }, token: key.key })
      for (const credential of credentials) {
        for (const request of misplaced(credential, topic)) {
          const { path, ...rest } = request
          const { status, headers, text } = await call(url, path, { token, ...rest })
          said.push([`${rest.method ?? 'GET'} ${path} ${JSON.stringify(rest)} ${status}`, [...headers].join() + text])
        }
        for (const command of [
          { subscribe: { topics: [credential] } },
          { unsubscribe: { topics: [credential] } },
          { authenticate: { token: `${credential}A` } },
          { publish: { topic: credential, event: { value: { n: 1 } } } },
          { publish: { topic, event: { value: { n: credential } } } },
          { [credential]: {} },
        ]) {
          said.push(['a message', JSON.stringify(await socket.ask(command))])
        }
      }
      said.push(['a stream', JSON.stringify(socket.received)])
      for (const path of ['/metrics', '/readyz?strict=true', '/livez']) said.push([path, (await api.get(path)).text])
      await socket.leave()
      gateway.signal('SIGTERM')
      assert.equal((await gateway.exit).code, 0, gateway.stderr)
      const audit = (await storedMessages([auditTopic])).get(auditTopic) ?? []

      assert.match(gateway.stdout, /"level":"debug"|"level":"trace"/)
      const parts = credentials.flatMap(tellingParts)
      for (const [where, text] of said) assertSilent(text, where, parts)
      assertSilent(gateway.stdout, 'stdout', parts)
      assertSilent(gateway.stderr, 'stderr', parts)
      for (const { key: name, value } of audit) assertSilent(`${name} ${value}`, 'audit', parts)
      t.diagnostic(`${said.length} answers, ${gateway.stdout.length} bytes of log, ${audit.length} audit records`)
    })

    test('are in nothing that it says while the registry is hostile', async (t) => {
      await using registry = await RegistryStub.start()
      const echo = (req: { headers: { authorization?: string | undefined } }) => `denied: ${req.headers.authorization}`
      const topic = await createTopic(t)
      registry.add(`${topic}-value`, numberSchema)
      const gateway = start(t, {
        ...withoutSecrets(),
        HEADGATE_REGISTRY_URL: registry.url,
        HEADGATE_REGISTRY_USERNAME: 'gateway',
        HEADGATE_LOG_LEVEL: 'trace',
        ...secretsOf(t),
      })
      const api = new Api(await gateway.listening(), await issueToken(['publish', 'read']))
      await pollUntil(async () => (await api.get('/readyz')).status === 200)
      const answers: string[] = []
      for (const status of [400, 401, 404, 422, 500]) {
        registry.misbehave = (res, req) => answerJson(res, status, { error_code: status * 100 + 1, message: echo(req) })
        const { text } = await api.post(`/v1/topics/${topic}/events`, { n: 1 })
        answers.push(text, (await api.get('/readyz')).text)
        registry.misbehave = (res, req) => res.writeHead(status, { location: `/${echo(req)}` }).end(echo(req))
        answers.push((await api.post(`/v1/topics/${topic}/events`, { n: 1 })).text)
      }
      gateway.signal('SIGTERM')
      await gateway.exit

      assert.ok(registry.lastHeaders.authorization?.startsWith('Basic '))
      for (const text of [...answers, gateway.stdout, gateway.stderr]) assertSilent(text, 'registry')
    })

    const mistakes: Record<string, Environment> = {
      'a setting that is wrong': { HEADGATE_HTTP_PORT: 'eighty', HEADGATE_PUBLISH_DEADLINE: '1' },
      'a property that librdkafka does not know': { HEADGATE_KAFKA_NO_SUCH_THING: '1' },
      'a property that librdkafka refuses': { HEADGATE_KAFKA_SECURITY_PROTOCOL: 'SASL' },
      'a file of the registry that is not there': { HEADGATE_REGISTRY_CA_FILE: '/no/such/file' },
      'an address that the machine does not have': { HEADGATE_HTTP_HOST: '192.0.2.1' },
      'a folder of contracts that is not there': { HEADGATE_CONTRACTS_DIRECTORY: '/no/such/folder' },
      'a password in a URL': { HEADGATE_AUTH_ISSUER: `https://user:${[...canaries.values()][0]}@issuer.test` },
      'a secret as the name of a file': Object.fromEntries(
        [...canaries].slice(0, 1).map(([name, value]) => [`${name}_FILE`, `/${value}`]),
      ),
    }
    for (const [mistake, wrong] of Object.entries(mistakes)) {
      test(`are not shown by a start that fails for ${mistake}`, async (t) => {
        const gateway = start(t, {
          ...withoutSecrets(),
          HEADGATE_REGISTRY_USERNAME: 'gateway',
          ...secretsOf(t),
          ...wrong,
        })

        assert.equal((await gateway.exit).code, 1)
        assert.ok(gateway.stderr.length > 0)
        assertSilent(gateway.stdout + gateway.stderr, mistake)
      })
    }

    test('are shown as set by the command that prints the configuration, and nothing more', async (t) => {
      const env = { ...withoutSecrets(), HEADGATE_REGISTRY_USERNAME: 'gateway', ...secretsOf(t) }
      for (const form of ['text', 'json']) {
        const { code, text } = await printConfig(env, form)

        assert.equal(code, 0, text)
        assertSilent(text, form)
        for (const { path } of secretSettings)
          assert.match(text, new RegExp(`${path.join('\\.')}"?[: {]+(\\s*"value": ")?set`))
      }
      const wrong = await printConfig({ ...env, HEADGATE_HTTP_PORT: 'eighty' }, 'text')
      assert.equal(wrong.code, 1)
      assertSilent(wrong.text, 'faults')
    })
  })
}

function printConfig(env: Environment, form: string): Promise<{ code: number; text: string }> {
  const program = join(projectDirectory, 'src', 'cli', 'print-config.ts')
  return new Promise((resolve) => {
    execFile(process.execPath, [program, '-o', form], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr })
    })
  })
}

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: unknown
  token?: string | null
}

/** Without looking at what openapi.yaml has: some of these paths it has not. A stream that is opened is left at once. */
async function call(url: string, path: string, { method = 'GET', headers = {}, body, token = null }: Sent) {
  const left = new AbortController()
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: left.signal,
  })
  const isStream = response.headers.get('content-type')?.includes('event-stream') === true
  const text = isStream ? '' : await response.text()
  if (isStream) left.abort()
  return { status: response.status, headers: response.headers, text }
}
