/**
 * `./headgate bench auth [--json] [--quick]`: what it costs to know who asks, in this process, and what is left of publishing with
 * it: the gateway by token, by API key and by a key with quotas, beside the same without any guard, in turns, in the same minutes.
 */
import { parseArgs } from 'node:util'
import { type StepCosts, stepCosts } from './auth-costs.ts'
import { publishCases, type RequestCase } from './cases.ts'
import { runLoad } from './loads.ts'
import { measured } from './process-usage.ts'
import { type Figures, median, mediansOf, rangeOf } from './report.ts'
import { type Server, startRig } from './rig.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
})
const rounds = options.quick ? 3 : 7
const seconds = options.quick ? 0.5 : 5
const warmUpSeconds = options.quick ? 0.5 : 5
const stepRounds = options.quick ? 30 : 300

const enough = '{ limit: 1000000000 }'
const quotas = `quotas: { classes: { limited: { requests: ${enough}, events: ${enough}, bytes: ${enough}, streams: 1000 } } }`
const open = 'open to all'

interface CaseOfWays {
  name: string
  ways: Map<string, Figures[]>
}

await using stack = new AsyncDisposableStack()
const rig = await startRig(stack)
const costs = await stepCosts(await rig.issued(['publish']), stepRounds)
const limited = stack.use(await rig.startGateway(quotas))
const openToAll = stack.use(await rig.startOpenGateway())
const ways = new Map<string, Server>([
  [open, openToAll],
  ['token', rig.gateway],
  ['API key', { ...rig.gateway, headers: await rig.keyHeaders(rig.gateway) }],
  ['API key, quotas', { ...limited, headers: await rig.keyHeaders(limited, 'limited') }],
])

const cases: CaseOfWays[] = []
for (const each of publishCases()) {
  if (!('body' in each) || each.topic !== 'orders') continue
  process.stderr.write(`${each.name} …\n`)
  cases.push(await compare(each))
}
process.stdout.write(options.json ? json(costs, cases) : tables(costs, cases))

async function compare(each: RequestCase): Promise<CaseOfWays> {
  const measure = (server: Server, forSeconds: number) =>
    measured(server.part.pid, () => runLoad(each, server, forSeconds))
  for (const server of ways.values()) await measure(server, warmUpSeconds)
  const figures = new Map([...ways.keys()].map((name) => [name, [] as Figures[]]))
  for (let round = 0; round < rounds; round++) {
    // Each way comes first as often as the others.
    const order = [...ways].map((_way, index, all) => all[(index + round) % all.length] as [string, Server])
    for (const [name, server] of order) figures.get(name)?.push(await measure(server, seconds))
  }
  return { name: each.name, ways: figures }
}

/** To the open one, of each round. */
function ratiosOf({ ways: figures }: CaseOfWays, name: string): number[] {
  const base = figures.get(open) ?? []
  return (figures.get(name) ?? []).map((run, round) => run.eventsPerSecond / (base[round] as Figures).eventsPerSecond)
}

function tables({ token, key, quota, quotaOfAll, ...refused }: StepCosts, all: readonly CaseOfWays[]): string {
  const steps = [
    `a remembered token ${token.toFixed(0)} ns, an API key ${key.toFixed(0)} ns: ${(key / token).toFixed(2)}`,
    `refusing a key: unknown ${refused.unknownKey.toFixed(0)} ns, wrong ${refused.wrongKey.toFixed(0)} ns, revoked ${refused.revokedKey.toFixed(0)} ns`,
    `a quota of requests ${quota.toFixed(0)} ns; all of a publishing request, with its headers, ${quotaOfAll.toFixed(0)} ns`,
  ]
  const reports = all.map((each) => {
    const lines = [...each.ways].map(([name, runs]) => {
      const { eventsPerSecond, p99Ms, cpuMicrosPerEvent } = mediansOf(runs, [
        'eventsPerSecond',
        'p99Ms',
        'cpuMicrosPerEvent',
      ])
      const ratios = ratiosOf(each, name)
      const [least, most] = rangeOf(ratios)
      return row(name, [
        String(Math.round(eventsPerSecond ?? 0)),
        `${median(ratios).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`,
        p99Ms?.toFixed(1) ?? '–',
        cpuMicrosPerEvent?.toFixed(1) ?? '–',
      ])
    })
    return [each.name, row('', ['events/s', 'of open', 'p99 ms', 'CPU µs/event']), ...lines].join('\n')
  })
  return `${[...steps, ...reports].join('\n\n')}\n`
}

function row(name: string, values: readonly string[]): string {
  return `  ${name.padEnd(18)}${values.map((value) => value.padStart(20)).join('')}`
}

function json(steps: StepCosts, all: readonly CaseOfWays[]): string {
  const report = all.map((each) => ({
    name: each.name,
    ways: Object.fromEntries(
      [...each.ways].map(([name, runs]) => [
        name,
        {
          ...mediansOf(runs, ['eventsPerSecond', 'p50Ms', 'p99Ms', 'cpuMicrosPerEvent', 'memoryMiB']),
          ofOpen: median(ratiosOf(each, name)),
          ofOpenRange: rangeOf(ratiosOf(each, name)),
        },
      ]),
    ),
  }))
  return `${JSON.stringify({ nanoseconds: steps, keyToToken: steps.key / steps.token, cases: report }, null, 2)}\n`
}
