/**
 * `./headgate bench publish [--json] [--quick] [--case TEXT]`: the gateway as it runs in production (validation, OAuth,
 * metrics, request log) against the machine's limit, in turns, in the same minutes.
 */
import { parseArgs } from 'node:util'
import { type LinesCase, publishCases, type RequestCase } from './cases.ts'
import type { LimitLines } from './limit-lines.ts'
import type { LinesResult } from './load-lines.ts'
import { runLoad } from './loads.ts'
import { measured } from './process-usage.ts'
import { type CaseRuns, type Figures, figuresOf, jsonReport, tableReport } from './report.ts'
import { type Server, schemaFile, startRig } from './rig.ts'
import { runScript } from './run-script.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, case: { type: 'string', default: '' } },
})
const pairs = options.quick ? 3 : 5
const seconds = options.quick ? 0.5 : 5
const warmUpSeconds = options.quick ? 0.5 : 5

await using stack = new AsyncDisposableStack()
const rig = await startRig(stack)
const runs: CaseRuns[] = []
for (const each of publishCases()) {
  if (!each.name.includes(options.case)) continue
  process.stderr.write(`${each.name} …\n`)
  runs.push('lines' in each ? await compareLines(each) : await compareRequests(each))
}
process.stdout.write(options.json ? jsonReport(runs) : tableReport(runs))

async function compareRequests(each: RequestCase): Promise<CaseRuns> {
  await using limit = await rig.startServer(
    'limit-server.ts',
    rig.bootstrap,
    `limit-${each.topic}`,
    schemaFile(each.topic),
  )
  for (const server of [rig.gateway, limit]) await measure(each, server, warmUpSeconds)
  return await inTurns(
    each.name,
    () => measure(each, rig.gateway, seconds),
    () => measure(each, limit, seconds),
  )
}

async function compareLines(each: LinesCase): Promise<CaseRuns> {
  await measure(each, rig.gateway, warmUpSeconds)
  return inTurns(
    each.name,
    () => measure(each, rig.gateway, seconds),
    () => measureBareProducer(each),
  )
}

async function inTurns(name: string, ofGateway: () => Promise<Figures>, ofLimit: () => Promise<Figures>) {
  const measured: CaseRuns = { name, gateway: [], limit: [] }
  for (let pair = 0; pair < pairs; pair++) {
    measured.gateway.push(await ofGateway())
    measured.limit.push(await ofLimit())
  }
  return measured
}

function measure(each: RequestCase | LinesCase, server: Server, forSeconds: number): Promise<Figures> {
  return measured(server.part.pid, () => runLoad(each, server, forSeconds))
}

async function measureBareProducer({ topic, lines }: LinesCase): Promise<Figures> {
  const { bootstrap } = rig
  const load: LimitLines = {
    bootstrap,
    topic: `limit-${topic}`,
    schemaFile: schemaFile(topic),
    lines,
    warmUpSeconds,
    seconds,
  }
  const {
    events,
    seconds: took,
    cpuSeconds,
  } = await runScript<LinesResult & { cpuSeconds: number }>('limit-lines.ts', load)
  return figuresOf({ events, seconds: took, cpuSeconds })
}
