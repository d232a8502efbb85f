import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers } from '../local/answers.ts'
import { gatewayUrl, startGateway } from '../local/gateway.ts'
import { audience, issuerUrl, requestToken } from '../local/issuer.ts'
import { issuerSecrets } from '../local/issuer-secrets.ts'
import { ensureTopic } from '../local/kafka.ts'
import { provideLocalParts, startBackingParts } from '../local/local-parts.ts'
import { issuerSecretsFile } from '../local/local-token.ts'
import { findFreePorts } from '../local/ports.ts'
import { registerSchema, registryUrl } from '../local/registry.ts'
import { RunningPart } from '../local/running-part.ts'
import type { IssuedToken } from './auth-costs.ts'
import { collectingArguments } from './process-usage.ts'

export const topics = ['orders', 'flights'] as const
export type BenchTopic = (typeof topics)[number]
export const partitions = 6

/** The Avro schema of a topic's events. */
export const schemaFile = (topic: BenchTopic): string => join(import.meta.dirname, `${topic.replace(/s$/, '')}.avsc`)

/** Something that takes HTTP requests, in a process of its own. */
export interface Server {
  part: RunningPart
  port: number
  headers: Record<string, string>
}

/** Kafka, registry, issuer and the gateway as it runs in production, for one run of a bench. */
export interface Rig {
  bootstrap: string
  gateway: Server
  /** Another topic of orders. The gateway knows its contract once it was started again. Answers the schema's id. */
  provideOrders(topic: string, contract?: object): Promise<number>
  /** A token of the issuer, and what it is trusted by. */
  issued(scopes: readonly string[]): Promise<IssuedToken>
  /** The headers of a new API key, of a class. */
  keyHeaders(gateway: Pick<Server, 'port'>, quotaClass?: string): Promise<Record<string, string>>
  /** Another gateway before the same parts, with further settings. */
  startGateway(config: string): Promise<Server & AsyncDisposable>
  /** One that lets everybody pass. */
  startOpenGateway(): Promise<Server & AsyncDisposable>
  /** Starts a server of `bench/`, whose first argument is its port. */
  startServer(file: string, ...args: string[]): Promise<Server & AsyncDisposable>
}

/** Everything goes with the stack. Each topic has a second one, `limit-…`, for what the gateway is compared with. */
export async function startRig(stack: AsyncDisposableStack): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  await provideLocalParts()
  const [kafka = 0, controller = 0, registry = 0, issuer = 0, port = 0] = await findFreePorts(5)
  const ports = { kafka, controller, registry, issuer, gateway: port }
  const bootstrap = `127.0.0.1:${kafka}`
  await startBackingParts(stack, { ports, dataDirectory: folder, logDirectory: join(folder, 'logs') })
  const provideTopic = async (topic: string, like: BenchTopic): Promise<number> => {
    await ensureTopic(bootstrap, { topic, partitions })
    const schema = readFileSync(schemaFile(like), 'utf8')
    return registerSchema(registryUrl(registry), { subject: `${topic}-value`, schema })
  }
  for (const topic of topics) {
    await provideTopic(topic, topic)
    await ensureTopic(bootstrap, { topic: `limit-${topic}`, partitions })
  }
  const secrets = {
    cursorSecretFile: join(folder, 'cursor-secret'),
    apiKeyPepperFile: join(folder, 'api-key-pepper'),
  }
  const gatewayOptions = { contractsDirectory: folder, ...secrets, nodeArguments: collectingArguments }
  const part = stack.use(await startGateway({ ...gatewayOptions, ports, logFile: join(folder, 'logs/gateway.log') }))
  const client = issuerSecrets(issuerSecretsFile(folder))
  const tokenFor = (scopes: readonly string[]) => requestToken({ issuer: issuerUrl(issuer), client, scopes })
  const headers = { authorization: `Bearer ${await tokenFor(['publish', 'read', 'subscribe'])}` }

  const serverOf = (server: RunningPart, serverPort: number) => {
    const dispose = () => server[Symbol.asyncDispose]()
    return { part: server, port: serverPort, headers, [Symbol.asyncDispose]: dispose }
  }

  return {
    bootstrap,
    gateway: { part, port, headers },
    provideOrders(topic, contract) {
      if (contract) writeFileSync(join(folder, `${topic}.yaml`), JSON.stringify({ topic, ...contract }))
      return provideTopic(topic, 'orders')
    },
    async issued(scopes) {
      return { issuer: issuerUrl(issuer), audience, token: await tokenFor(scopes) }
    },
    async keyHeaders({ port: gatewayPort }, quotaClass = 'default') {
      const answer = await fetch(`${gatewayUrl(gatewayPort)}/v1/api-keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await tokenFor(['keys', 'publish'])}`, 'content-type': 'application/json' },
        body: JSON.stringify({ description: 'Of the bench', scopes: ['publish'], quotaClass }),
      })
      if (answer.status !== 201) throw new Error(`the gateway gave no key: ${await answer.text()}`)
      const { key } = (await answer.json()) as { key: string }
      return { authorization: `Bearer ${key}` }
    },
    async startGateway(config) {
      const [gatewayPort = 0] = await findFreePorts(1)
      const configFile = join(folder, `${gatewayPort}.conf`)
      writeFileSync(configFile, config)
      const logFile = join(folder, `logs/gateway-${gatewayPort}.log`)
      const at = { ...ports, gateway: gatewayPort }
      const server = await startGateway({ ...gatewayOptions, ports: at, configFile, logFile })
      return serverOf(server, gatewayPort)
    },
    async startOpenGateway() {
      const [gatewayPort = 0] = await findFreePorts(1)
      const logFile = join(folder, `logs/open-${gatewayPort}.log`)
      const main = join(import.meta.dirname, 'open-gateway.ts')
      const server = await startGateway({ ...gatewayOptions, ports: { ...ports, gateway: gatewayPort }, logFile, main })
      return serverOf(server, gatewayPort)
    },
    async startServer(file, ...args) {
      const [serverPort = 0] = await findFreePorts(1)
      const server = await RunningPart.start({
        name: file,
        file: process.execPath,
        args: [...collectingArguments, join(import.meta.dirname, file), String(serverPort), ...args],
        logFile: join(folder, 'logs', `${file}.log`),
        isReady: () => answers(gatewayUrl(serverPort)),
        readyLimitMs: 20_000,
      })
      return serverOf(server, serverPort)
    },
  }
}
