import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { answers } from './answers.ts'
import { audience, issuerUrl } from './issuer.ts'
import { projectDirectory } from './paths.ts'
import type { LocalPorts } from './ports.ts'
import { registryUrl } from './registry.ts'
import { RunningPart, type StartOptions } from './running-part.ts'

export interface GatewayOptions extends StartOptions {
  ports: Omit<LocalPorts, 'examples'>
  contractsDirectory: string
  /** Holds the key that signs cursors; made where it is not there. */
  cursorSecretFile: string
  corsOrigins?: readonly string[]
  /** The same of the one that API keys are hashed with; without it there are none. */
  apiKeyPepperFile?: string
  /** Further settings, as a file. */
  configFile?: string
  logFile: string
  nodeArguments?: readonly string[]
  /** By default the gateway itself. */
  main?: string
}

export const gatewayUrl = (port: number): string => `http://127.0.0.1:${port}`

export function startGateway(options: GatewayOptions): Promise<RunningPart> {
  const { ports, cursorSecretFile, apiKeyPepperFile } = options
  provideSecret(cursorSecretFile)
  if (apiKeyPepperFile) provideSecret(apiKeyPepperFile)
  return RunningPart.start(
    {
      name: 'gateway',
      file: process.execPath,
      args: [...(options.nodeArguments ?? []), options.main ?? join(projectDirectory, 'src', 'main.ts')],
      cwd: projectDirectory,
      env: {
        // As the image has it: docs/performance.md.
        MALLOC_ARENA_MAX: '2',
        ...process.env,
        HEADGATE_HTTP_HOST: '127.0.0.1',
        HEADGATE_HTTP_PORT: String(ports.gateway),
        HEADGATE_KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${ports.kafka}`,
        HEADGATE_REGISTRY_URL: registryUrl(ports.registry),
        HEADGATE_AUTH_ISSUER: issuerUrl(ports.issuer),
        HEADGATE_AUTH_AUDIENCE: audience,
        HEADGATE_CONTRACTS_DIRECTORY: options.contractsDirectory,
        HEADGATE_SECRETS_CURSOR_FILE: cursorSecretFile,
        HEADGATE_HTTP_CORS_ORIGINS: (options.corsOrigins ?? []).join(','),
        ...(apiKeyPepperFile && { HEADGATE_SECRETS_API_KEY_PEPPER_FILE: apiKeyPepperFile }),
        ...(options.configFile && { HEADGATE_CONFIG: options.configFile }),
        HEADGATE_STOP_GRACE_MS: '0',
      },
      logFile: options.logFile,
      isReady: () => answers(`${gatewayUrl(ports.gateway)}/readyz`),
      readyLimitMs: 45_000,
    },
    options,
  )
}

function provideSecret(file: string): void {
  if (existsSync(file)) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 })
}
