/**
 * `./headgate bench subscriptions [--json] [--quick]`: batches of 500 received and acknowledged, by one receiver and by several, against a
 * bare consumer of a group that commits each batch; and how long an event takes to a receiver that waits.
 */
import { parseArgs } from 'node:util'
import { publishCases } from './cases.ts'
import type { Latencies, LatencyLoad } from './lease-latency.ts'
import type { LimitGroup } from './limit-group.ts'
import type { LeasesLoad } from './load-leases.ts'
import { runLoad } from './loads.ts'
import { measured } from './process-usage.ts'
import { type CaseRuns, figuresOf, jsonReport, type Measured, median, tableReport } from './report.ts'
import { schemaFile, startRig } from './rig.ts'
import { runScript } from './run-script.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
})
const pairs = options.quick ? 3 : 5
const seconds = options.quick ? 2 : 5
const idleEvents = options.quick ? 50 : 200
const topic = 'orders'
const idleTopic = 'idle-orders'
const batch = 500

await using stack = new AsyncDisposableStack()
const rig = await startRig(stack)
const { gateway, bootstrap } = rig
const { headers } = gateway
const subscriptionsUrl = `http://127.0.0.1:${gateway.port}/v1/subscriptions`
let made = 0
const lines = publishCases().find((each) => 'lines' in each && each.topic === topic)
if (!lines) throw new Error(`there is no case of lines for ${topic}`)
await runLoad(lines, gateway, options.quick ? 3 : 6)

const cases: CaseRuns[] = []
for (const receivers of [1, 4]) {
  const runs: CaseRuns = { name: `batches of ${batch}, ${receivers} receiver(s)`, gateway: [], limit: [] }
  await receiveAndAcknowledge(receivers)
  for (let pair = 0; pair < pairs; pair++) {
    runs.gateway.push(await measured(gateway.part.pid, () => receiveAndAcknowledge(receivers)))
    runs.limit.push(figuresOf(await consumeBare()))
  }
  cases.push(runs)
}

const schemaId = await rig.provideOrders(idleTopic)
const idle = { gateway: [] as Latencies[], limit: [] as Latencies[] }
for (let pair = 0; pair < pairs; pair++) {
  idle.gateway.push(await latency(await subscribed(idleTopic, 'latest')))
  idle.limit.push(await latency(null))
}
const waiting = { gateway: mediansOf(idle.gateway), limit: mediansOf(idle.limit) }
process.stdout.write(options.json ? jsonReport(cases, { waiting }) : tableReport(cases) + waitingReport())

async function receiveAndAcknowledge(receivers: number): Promise<Measured> {
  const url = await subscribed(topic, 'earliest')
  const load: LeasesLoad = { url, headers, receivers, batch, seconds }
  const result = await runScript<Measured>('load-leases.ts', load)
  await call(url, 'DELETE')
  return result
}

function consumeBare(): Promise<Measured> {
  const group = `limit-${++made}`
  const load: LimitGroup = { bootstrap, group, topic, schemaFile: schemaFile(topic), batch, seconds }
  return runScript<Measured>('limit-group.ts', load)
}

function latency(url: string | null): Promise<Latencies> {
  const group = `limit-${++made}`
  const common = { bootstrap, topic: idleTopic, schemaFile: schemaFile(topic), schemaId, events: idleEvents }
  const load: LatencyLoad = { ...common, url, group, headers }
  return runScript<Latencies>('lease-latency.ts', load)
}

/** The URL of a new subscription. */
async function subscribed(to: string, from: string): Promise<string> {
  const url = `${subscriptionsUrl}/bench-${++made}`
  await call(url, 'PUT', JSON.stringify({ topics: [to], from, leaseSeconds: 60 }))
  return url
}

async function call(url: string, method: string, body?: string): Promise<void> {
  const json = { ...headers, 'content-type': 'application/json' }
  const answer = await fetch(url, { method, headers: json, ...(body !== undefined && { body }) })
  if (!answer.ok) throw new Error(await answer.text())
}

function mediansOf(runs: readonly Latencies[]): Latencies {
  return { p50Ms: median(runs.map(({ p50Ms }) => p50Ms)), p99Ms: median(runs.map(({ p99Ms }) => p99Ms)) }
}

function waitingReport(): string {
  const told = ({ p50Ms, p99Ms }: Latencies) => `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
  const ratio = waiting.gateway.p50Ms / waiting.limit.p50Ms
  return `\nan event to a receiver that waits: ${told(waiting.gateway)}; to a bare consumer: ${told(waiting.limit)} (p50 ${ratio.toFixed(2)} of it)\n`
}
