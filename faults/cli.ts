/**
 * `./headgate faults [--long] [--json] [SCENARIO…]`: a gateway, its broker and the network between them are harmed under load,
 * and every answer is held to what Kafka has afterwards. `--long` repeats each harm, and writes docs/endurance.md.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectDirectory } from '../local/paths.ts'
import { say, withProgress } from '../local/progress.ts'
import { enduranceReport } from './endurance.ts'
import { isTrue } from './judge.ts'
import { faultReport, hasFaults, type Judged, jsonReport, tableReport } from './report.ts'
import { Rig } from './rig.ts'
import { type Scenario, scenarios } from './scenarios.ts'

const longRounds = 3

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => scenarios.every((scenario) => scenario.name !== name))
if (unknown.length > 0) {
  say(`There is no scenario ${unknown.join(', ')}. There are:`)
  for (const { name, title } of scenarios) say(`  ${name.padEnd(20)}${title}`)
  process.exitCode = 2
} else {
  await run(scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name)))
}

async function run(chosen: readonly Scenario[]): Promise<void> {
  const results: Judged[] = []
  {
    await using rig = await Rig.start()
    for (const scenario of chosen) results.push(await runOne(rig, scenario))
    if (!hasFaults(results)) rig.discardLogs()
  }
  process.stdout.write(values.json ? jsonReport(results) : tableReport(results))
  say(faultReport(results) || 'Every answer was true and in time.')
  if (hasFaults(results)) process.exitCode = 1
  else if (values.long && chosen.length === scenarios.length) {
    writeFileSync(join(projectDirectory, 'docs', 'endurance.md'), enduranceReport(results))
  }
}

async function runOne(rig: Rig, scenario: Scenario): Promise<Judged> {
  const { name, title } = scenario
  const rounds = values.long ? longRounds : 1
  const startedAt = Date.now()
  const verdict = await withProgress(title, () => scenario.run(rig, rounds))
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  say(`  ${verdict.events} events, ${isTrue(verdict) ? 'every answer true' : 'FAULTS'}, ${seconds} s`)
  return { name, title, rounds, seconds, verdict }
}
