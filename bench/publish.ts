/**
 * `./headgate bench publish [--json] [--quick]`: the gateway as it runs in production (validation, OAuth, metrics, request log)
 * against the machine's limit, in turns, in the same minutes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
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
import { type PublishCase, publishCases } from './cases.ts'
import type { Load, LoadResult } from './load.ts'
import { usageOf } from './process-usage.ts'
import { type CaseRuns, type Figures, jsonReport, tableReport } from './report.ts'

const isQuick = process.argv.includes('--quick')
const pairs = 5
const seconds = isQuick ? 1 : 5
const warmUpSeconds = isQuick ? 1 : 5
const topics = ['orders', 'flights'] as const
const schemaFile = (topic: string): string => join(import.meta.dirname, `${topic.replace(/s$/, '')}.avsc`)

interface Target {
  part: RunningPart
  port: number
  headers: Record<string, string>
}

const folder = mkdtempSync(join(tmpdir(), 'headgate-bench-'))
await using stack = new AsyncDisposableStack()
stack.defer(() => rmSync(folder, { recursive: true, force: true }))
await provideLocalParts()
const [kafka = 0, controller = 0, registry = 0, issuer = 0, port = 0] = await findFreePorts(5)
const ports = { kafka, controller, registry, issuer, gateway: port }
await startBackingParts(stack, { ports, dataDirectory: folder, logDirectory: join(folder, 'logs') })
for (const topic of topics) {
  await ensureTopic(`127.0.0.1:${kafka}`, { topic, partitions: 6 })
  await ensureTopic(`127.0.0.1:${kafka}`, { topic: `limit-${topic}`, partitions: 6 })
  const schema = readFileSync(schemaFile(topic), 'utf8')
  await registerSchema(registryUrl(registry), { subject: `${topic}-value`, schema })
}
const gateway = await gatewayTarget()
const runs: CaseRuns[] = []
for (const each of publishCases()) runs.push(await runCase(each))
process.stdout.write(process.argv.includes('--json') ? jsonReport(runs) : tableReport(runs))

async function runCase(each: PublishCase): Promise<CaseRuns> {
  await using limit = await limitTarget(each)
  const measured: CaseRuns = { name: each.name, gateway: [], limit: [] }
  for (const target of [gateway, limit]) await measure(each, target, warmUpSeconds)
  for (let pair = 0; pair < pairs; pair++) {
    measured.gateway.push(await measure(each, gateway, seconds))
    measured.limit.push(await measure(each, limit, seconds))
  }
  return measured
}

async function measure({ topic, path, body, events, connections }: PublishCase, target: Target, forSeconds: number) {
  const { part, headers } = target
  const load: Load = {
    port: target.port,
    path: `/v1/topics/${topic}/events${path}`,
    headers,
    body,
    connections,
    seconds: forSeconds,
  }
  const before = usageOf(part.pid)
  const result = await runLoad(load)
  const after = usageOf(part.pid)
  if (result.failures > 0) throw new Error(`${result.failures} answers of ${part.name} were not 201`)
  const published = result.requests * events
  const figures: Figures = {
    eventsPerSecond: published / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicrosPerEvent: before && after ? ((after.cpuSeconds - before.cpuSeconds) * 1e6) / published : null,
    memoryMiB: after ? after.memoryBytes / 2 ** 20 : null,
  }
  return figures
}

async function runLoad(load: Load): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(load)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`the load ended with code ${code}`)
  return JSON.parse(output) as LoadResult
}

async function gatewayTarget(): Promise<Target> {
  const part = stack.use(
    await startGateway({
      ports,
      contractsDirectory: folder,
      cursorSecretFile: join(folder, 'cursor-secret'),
      logFile: join(folder, 'logs/gateway.log'),
    }),
  )
  const client = issuerSecrets(issuerSecretsFile(folder))
  const token = await requestToken({ issuer: issuerUrl(issuer), client, scopes: ['publish'] })
  return { part, port, headers: { authorization: `Bearer ${token}` } }
}

async function limitTarget({ topic }: PublishCase): Promise<Target & AsyncDisposable> {
  const [limitPort = 0] = await findFreePorts(1)
  const part = await RunningPart.start({
    name: 'limit',
    file: process.execPath,
    args: [
      join(import.meta.dirname, 'limit-server.ts'),
      String(limitPort),
      `127.0.0.1:${kafka}`,
      `limit-${topic}`,
      schemaFile(topic),
    ],
    logFile: join(folder, 'logs/limit.log'),
    isReady: () => answers(gatewayUrl(limitPort)),
    readyLimitMs: 20_000,
  })
  return { part, port: limitPort, headers: gateway.headers, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() }
}
