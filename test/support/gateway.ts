import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Logger, pino } from 'pino'
import { loadConfig } from '../../src/config/load-config.ts'
import { Gateway } from '../../src/gateway.ts'
import { Api } from './api.ts'
import { sharedParts } from './parts.ts'
import { pollUntil } from './poll.ts'
import { issueToken } from './tokens.ts'

export interface GatewayOptions {
  /** Contract files, as YAML. */
  contracts?: readonly string[]
  /** Environment variables beyond the addresses of the parts. */
  env?: Record<string, string>
  /** Waits for `/readyz` unless told not to. */
  awaitReady?: boolean
  /** Where log lines go; by default nowhere. */
  log?: Logger
}

export interface TestGateway extends AsyncDisposable {
  url: string
  api: Api
}

export const apiKeyPepper = 'a-pepper-of-the-tests-0123456789abcdef'

/** Of a gateway that takes no API keys. */
export const withoutApiKeys = { HEADGATE_SECRETS_API_KEY_PEPPER: '' }

export const cursorSecret = 'a-secret-of-the-tests-0123456789abcdef'

/** What every gateway of the tests is started with: a free port, and the shared parts. */
export function gatewayEnvironment(): Record<string, string> {
  const { kafka, registry, issuer } = sharedParts()
  return {
    HEADGATE_HTTP_PORT: '0',
    HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
    HEADGATE_REGISTRY_URL: registry.url,
    HEADGATE_AUTH_ISSUER: issuer.url,
    HEADGATE_AUTH_AUDIENCE: issuer.audience,
    HEADGATE_SECRETS_CURSOR: cursorSecret,
    HEADGATE_SECRETS_API_KEY_PEPPER: apiKeyPepper,
    HEADGATE_STOP_GRACE_MS: '0',
  }
}

/** A gateway in this process, on a free port, before the shared parts; its client may do everything. */
export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-contracts-'))
  for (const [index, text] of (options.contracts ?? []).entries()) writeFileSync(join(folder, `${index}.yaml`), text)
  const env = {
    ...gatewayEnvironment(),
    HEADGATE_CONTRACTS_DIRECTORY: folder,
    ...options.env,
  }
  const gateway = await Gateway.start(loadConfig(env, String), options.log ?? pino({ level: 'silent' }))
  const api = new Api(
    gateway.url,
    await issueToken(['publish', 'read', 'subscribe', 'schemas-read', 'schemas-write', 'contracts-write', 'keys']),
  )
  if (options.awaitReady !== false) await pollUntil(async () => (await api.get('/readyz')).status === 200)
  return {
    url: gateway.url,
    api,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function gatewayFor(t: TestContext, options: GatewayOptions = {}): Promise<TestGateway> {
  const gateway = await startGateway(options)
  t.after(() => gateway[Symbol.asyncDispose]())
  return gateway
}

export const uniqueName = (name: string): string => `${name}-${randomBytes(5).toString('hex')}`
