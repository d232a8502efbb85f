/**
 * `./headgate bench stream [--json] [--quick] [--case TEXT] [--pairs N]`: live streams of one topic, the gateway as it runs in production
 * against the machine's limit, in turns, in the same minutes; and what stalled readers do to others.
 */
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { LocalError } from '../local/local-error.ts'
import { gauge } from './gauge.ts'
import { partitions, type Server, schemaFile, startRig } from './rig.ts'
import { compareSlowReaders, type SlowReaderReport, slowReaderRules } from './slow-readers.ts'
import { type StreamCaseRuns, streamJson, streamTables } from './stream-report.ts'
import { type StreamFigures, type StreamLoad, StreamRun } from './stream-run.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    case: { type: 'string', default: '' },
    pairs: { type: 'string', default: '3' },
  },
})
const pairs = options.quick ? 1 : Number(options.pairs)
const times = options.quick ? { seconds: 1, warmUpSeconds: 0.5 } : { seconds: 10, warmUpSeconds: 3 }
const cases = options.quick
  ? [{ readers: 20, eventsPerSecond: 100 }]
  : [
      ...[100, 1_000, 5_000, 10_000].map((readers) => ({ readers, eventsPerSecond: 10 })),
      { readers: 100, eventsPerSecond: 1_000 },
    ]
const slowReaders = options.quick ? { good: 10, stalled: 20 } : { good: 100, stalled: 500 }
// Some 1.5 KB a message: the room of a stalled reader is full after about 2,000 of them, its connection's included.
const slowLoad = options.quick
  ? { eventsPerSecond: 800, seconds: 3, warmUpSeconds: 0.5, items: 30, keys: 50 }
  : { eventsPerSecond: 300, seconds: 15, warmUpSeconds: 5, items: 30, keys: 50 }
const itemsOfOrder = 3
const topic = 'orders'

const isChosen = (name: string): boolean => name.includes(options.case)
const chosen = cases
  .map((each) => ({ ...each, name: `${each.readers} readers, ${each.eventsPerSecond} events/s` }))
  .filter(({ name }) => isChosen(name))
const rules = slowReaderRules.filter((rule) => isChosen(`stalled readers, ${rule}`))

requireOpenFiles(Math.max(...chosen.map(({ readers }) => readers), slowReaders.stalled) + 1_000)
await using stack = new AsyncDisposableStack()
const rig = await startRig(stack)
const { bootstrap, gateway } = rig
const source = { bootstrap, topic, schemaFile: schemaFile(topic), schemaId: await rig.provideOrders(topic) }

const runs: StreamCaseRuns[] = []
for (const { name, ...load } of chosen) {
  process.stderr.write(`${name} …\n`)
  runs.push(await compare(name, { ...source, ...load, ...times, items: itemsOfOrder, keys: 0 }))
}
const slowReports: SlowReaderReport[] = []
for (const rule of rules) {
  process.stderr.write(`stalled readers, ${rule} …\n`)
  slowReports.push(await compareStalled(rule))
}
process.stdout.write((options.json ? streamJson : streamTables)(runs, slowReports))

async function compare(name: string, load: StreamLoad): Promise<StreamCaseRuns> {
  const compared: StreamCaseRuns = { name, readers: load.readers, consumers: 0, gateway: [], limit: [] }
  for (let pair = 0; pair < pairs; pair++) {
    await gateway.part.restart()
    compared.gateway.push(
      await measure(gateway, load, async () => {
        compared.consumers = Math.max(compared.consumers, await consumersOfGateway())
      }),
    )
    await using limit = await startLimit()
    compared.limit.push(await measure(limit, load))
  }
  return compared
}

async function measure(server: Server, load: StreamLoad, afterwards?: () => Promise<void>): Promise<StreamFigures> {
  await using run = await StreamRun.open(server, load)
  const { figures } = await run.measure()
  await afterwards?.()
  return figures
}

async function startLimit() {
  const { schemaFile: schema, schemaId } = source
  const url = `http://127.0.0.1:${gateway.port}/v1/topics/${topic}/events?from=latest`
  const { cursor } = (await (await fetch(url, { headers: gateway.headers })).json()) as { cursor: string }
  return rig.startServer('limit-streams.ts', bootstrap, topic, String(partitions), schema, String(schemaId), cursor)
}

async function consumersOfGateway(): Promise<number> {
  const names = ['readers', 'catch_up_readers', 'tails'].map((name) => `headgate_kafka_${name}`)
  const counts = await Promise.all(names.map((name) => gauge(gateway.port, name)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function compareStalled(rule: (typeof slowReaderRules)[number]): Promise<SlowReaderReport> {
  const name = `orders-${rule}`
  const schemaId = await rig.provideOrders(name, { slowReaders: rule })
  const load: StreamLoad = { ...source, ...slowLoad, topic: name, schemaId, readers: slowReaders.good }
  return compareSlowReaders(rig, rule, load, slowReaders.stalled)
}

/** What a process may open, also the servers: Node raises its own limit to what it may have at most. */
function requireOpenFiles(files: number): void {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  if (limit === 'unlimited' || Number(limit) >= files) return
  throw new LocalError(
    `A process may open ${limit} files here, and ${files} are needed: run \`ulimit -n ${files}\` before, or choose a \`--case\`.`,
  )
}
