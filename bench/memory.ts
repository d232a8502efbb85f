/**
 * `./headgate bench memory [--minutes N] [--json]`: what the gateway's memory does under load that goes on: single events,
 * batches and lines in turns, ten seconds each.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { publishCases } from './cases.ts'
import { runLoad } from './loads.ts'
import { usageOf } from './process-usage.ts'
import { median } from './report.ts'
import { startRig } from './rig.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: { json: { type: 'boolean' }, minutes: { type: 'string', default: '10' } },
})
const minutes = Number(options.minutes)
if (!(minutes >= 2)) throw new Error('--minutes is a number from 2 on')
const turnSeconds = 10
/** Samples, one a second, that make one figure. */
const window = 20

await using stack = new AsyncDisposableStack()
const rig = await startRig(stack)
const until = performance.now() + minutes * 60_000
const samples: number[] = []
const [events] = await Promise.all([publish(), sample()])

const figures = {
  minutes,
  events,
  firstMinuteMiB: medianFrom(60 - window / 2),
  lastMiB: medianFrom(samples.length - window),
  mostMiB: Math.max(...samples),
}
process.stdout.write(
  options.json
    ? `${JSON.stringify(figures, null, 2)}\n`
    : `${Object.entries(figures)
        .map(([name, value]) => `${name.padEnd(16)}${Math.round(value)}`)
        .join('\n')}\n`,
)

async function publish(): Promise<number> {
  let published = 0
  const cases = publishCases()
  for (let turn = 0; performance.now() < until; turn++) {
    const each = cases[turn % cases.length]
    if (each) published += (await runLoad(each, rig.gateway, turnSeconds)).events
  }
  return published
}

async function sample(): Promise<void> {
  while (performance.now() < until) {
    const usage = usageOf(rig.gateway.part.pid)
    if (!usage) throw new Error('the memory of a process cannot be read here')
    samples.push(usage.memoryBytes / 2 ** 20)
    if (samples.length % 60 === 0)
      process.stderr.write(`minute ${samples.length / 60}: ${Math.round(medianFrom(-window))} MiB\n`)
    await delay(1_000)
  }
}

function medianFrom(second: number): number {
  return median(samples.slice(second).slice(0, window))
}
