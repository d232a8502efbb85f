import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway } from '../local/gateway.ts'
import { issuerUrl, requestToken } from '../local/issuer.ts'
import { issuerSecrets } from '../local/issuer-secrets.ts'
import { ensureTopic } from '../local/kafka.ts'
import { provideLocalParts, startBackingParts } from '../local/local-parts.ts'
import { issuerSecretsFile } from '../local/local-token.ts'
import { findFreePorts, type LocalPorts } from '../local/ports.ts'
import { say, withProgress } from '../local/progress.ts'
import { registerSchema, registryUrl } from '../local/registry.ts'
import type { RunningPart } from '../local/running-part.ts'
import { waitUntil } from '../local/wait-until.ts'
import { AnswerLog, readAnswerLog } from './answer-log.ts'
import { Caller } from './caller.ts'
import { type JudgeOptions, judge, type Verdict } from './judge.ts'
import { schema } from './requests.ts'
import { storedEvents } from './stored-events.ts'
import { TcpProxy } from './tcp-proxy.ts'

export const partitions = 3
const slackMs = 2_000
// The producer gives up on an event after 120 s.
const settleLimitMs = 130_000

export interface Stage {
  topic: string
  gateway: RunningPart
  caller: Caller
}

export interface StageOptions extends Omit<JudgeOptions, 'slackMs'> {
  name: string
  /** The port by which the gateway reaches Kafka; the judge reads from `bootstrap`. */
  kafkaPort: number
  bootstrap: string
  /** The topic, of one partition, is there already. */
  isTopicThere?: boolean
}

/** Kafka, a registry and an issuer of the run's own, and gateways before them, each a process. */
export class Rig implements AsyncDisposable {
  readonly folder: string
  readonly kafka: RunningPart
  readonly proxy: TcpProxy
  readonly ports: Omit<LocalPorts, 'examples'>
  readonly proxyPort: number
  readonly #parts: AsyncDisposableStack
  #isTrue = false

  private constructor(
    base: Pick<Rig, 'folder' | 'kafka' | 'proxy' | 'ports' | 'proxyPort'>,
    parts: AsyncDisposableStack,
  ) {
    this.folder = base.folder
    this.kafka = base.kafka
    this.proxy = base.proxy
    this.ports = base.ports
    this.proxyPort = base.proxyPort
    this.#parts = parts
  }

  static async start(): Promise<Rig> {
    await using starting = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'headgate-faults-'))
    await provideLocalParts()
    const [kafka = 0, controller = 0, registry = 0, issuer = 0, gateway = 0, proxied = 0, proxyPort = 0] =
      await findFreePorts(7)
    const ports = { kafka, controller, registry, issuer, gateway }
    const proxy = starting.use(await TcpProxy.listen(proxyPort, proxied))
    const parts = await withProgress('Starting Kafka, the schema registry and the OAuth issuer', () =>
      startBackingParts(starting, {
        ports,
        proxied: { port: proxied, advertisedPort: proxyPort },
        dataDirectory: join(folder, 'data'),
        logDirectory: folder,
      }),
    )
    mkdirSync(join(folder, 'contracts'))
    return new Rig({ folder, kafka: parts.kafka, proxy, ports, proxyPort }, starting.move())
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.ports.kafka}`
  }

  /** Starts a gateway, lets `act` use and harm it, waits until nothing is under way, and judges what was answered. */
  async judged(options: StageOptions, act: (stage: Stage) => Promise<void>): Promise<Verdict> {
    const { name, kafkaPort, bootstrap, isTopicThere, ...judging } = options
    const { gateway: port, registry, issuer } = this.ports
    const topic = name
    if (!isTopicThere) await ensureTopic(bootstrap, { topic, partitions })
    await registerSchema(registryUrl(registry), { subject: `${topic}-value`, schema: JSON.stringify(schema) })
    const client = issuerSecrets(issuerSecretsFile(join(this.folder, 'data')))
    const token = await requestToken({ issuer: issuerUrl(issuer), client, scopes: ['publish', 'read'] })
    const url = `http://127.0.0.1:${port}`
    const logFile = join(this.folder, `${name}.ndjson`)
    {
      await using gateway = await startGateway({
        ports: { ...this.ports, kafka: kafkaPort },
        contractsDirectory: join(this.folder, 'contracts'),
        cursorSecretFile: join(this.folder, 'cursor-secret'),
        logFile: join(this.folder, `${name}-gateway.log`),
      })
      using log = new AnswerLog(logFile)
      await act({ topic, gateway, caller: new Caller({ url, topic, token, log }) })
      await settled(url, token)
    }
    const stored = await storedEvents({ bootstrap, topic, partitions: isTopicThere ? 1 : partitions })
    return judge(readAnswerLog(logFile), stored, { slackMs, ...judging })
  }

  /** Nothing was found: nobody will look into the answers and the logs, which are kept otherwise. */
  discardLogs(): void {
    this.#isTrue = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
    if (this.#isTrue) rmSync(this.folder, { recursive: true, force: true })
    else say(`The answers and the logs are in ${this.folder}`)
  }
}

/** What Kafka has not confirmed may still be written: nothing can be judged before. */
async function settled(url: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  const isSettled = async () => {
    const text = await (await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(5_000) })).text()
    return /^headgate_events_in_flight 0$/m.test(text)
  }
  if (await waitUntil(isSettled, { limitMs: settleLimitMs })) return
  throw new Error(`events are still in flight after ${settleLimitMs} ms`)
}
