import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers } from '../local/answers.ts'
import { gatewayUrl, startGateway } from '../local/gateway.ts'
import { issuerUrl, requestToken } from '../local/issuer.ts'
import { issuerSecrets } from '../local/issuer-secrets.ts'
import { ensureTopic } from '../local/kafka.ts'
import { provideLocalParts, startBackingParts } from '../local/local-parts.ts'
import { issuerSecretsFile } from '../local/local-token.ts'
import { findFreePorts } from '../local/ports.ts'
import { registerSchema, registryUrl } from '../local/registry.ts'
import { RunningPart } from '../local/running-part.ts'
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
  const part = stack.use(
    await startGateway({
      ports,
      contractsDirectory: folder,
      cursorSecretFile: join(folder, 'cursor-secret'),
      logFile: join(folder, 'logs/gateway.log'),
      nodeArguments: collectingArguments,
    }),
  )
  const client = issuerSecrets(issuerSecretsFile(folder))
  const token = await requestToken({ issuer: issuerUrl(issuer), client, scopes: ['publish', 'read'] })
  const headers = { authorization: `Bearer ${token}` }

  return {
    bootstrap,
    gateway: { part, port, headers },
    provideOrders(topic, contract) {
      if (contract) writeFileSync(join(folder, `${topic}.yaml`), JSON.stringify({ topic, ...contract }))
      return provideTopic(topic, 'orders')
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
      const dispose = () => server[Symbol.asyncDispose]()
      return { part: server, port: serverPort, headers, [Symbol.asyncDispose]: dispose }
    },
  }
}
