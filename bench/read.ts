/**
 * `./headgate bench read [--json] [--quick]`: reading 500 events at a random place, against a bare consumer that decodes; and
 * 200 long polls at a time.
 */
import { parseArgs } from 'node:util'
import { publishCases } from './cases.ts'
import type { LimitReads } from './limit-reader.ts'
import type { ReadsLoad } from './load-reads.ts'
import { runLoad } from './loads.ts'
import { longPolls } from './long-polls.ts'
import { measured } from './process-usage.ts'
import type { ReadsResult } from './reads.ts'
import { type CaseRuns, figuresOf, jsonReport, tableReport } from './report.ts'
import { schemaFile, startRig } from './rig.ts'
import { runScript } from './run-script.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
})
const pairs = options.quick ? 3 : 5
const seconds = options.quick ? 0.5 : 5
const topic = 'orders'
const eventsOfRead = 500

await using stack = new AsyncDisposableStack()
const rig = await startRig(stack)
const { gateway } = rig
const eventsUrl = `http://127.0.0.1:${gateway.port}/v1/topics/${topic}/events`
await fill(options.quick ? 1 : 5)
const { cursors, starts } = await walk()

const runs: CaseRuns = { name: `${eventsOfRead} events at a random place`, gateway: [], limit: [] }
await readThroughGateway(seconds)
for (let pair = 0; pair < pairs; pair++) {
  runs.gateway.push(await readThroughGateway(seconds))
  runs.limit.push(await readBare())
}
const polls = await longPolls(eventsUrl, gateway, 200)
process.stdout.write(options.json ? jsonReport([runs], { longPolls: polls }) : tableReport([runs]))
if (!options.json) {
  process.stdout.write(
    `\n${polls.polls} long polls: all woken ${polls.allWokenMs.toFixed(0)} ms after the event was sent, with ${polls.readers} consumers\n`,
  )
}

async function fill(forSeconds: number): Promise<void> {
  const each = publishCases().find((found) => 'lines' in found && found.topic === topic)
  if (!each) throw new Error(`there is no case of lines for ${topic}`)
  await runLoad(each, gateway, forSeconds)
}

/** Where whole reads may begin, as a cursor and as an offset, over all that was published. */
async function walk() {
  const found = { cursors: [] as string[], starts: [] as { partition: number; offset: number }[] }
  const { partitions } = (await get(eventsUrl.replace('/events', ''))) as {
    partitions: { partition: number; nextOffset: number }[]
  }
  for (const { partition, nextOffset } of partitions) {
    let page = (await get(`${eventsUrl}?partition=${partition}&limit=${eventsOfRead}`)) as Page
    for (let offset = eventsOfRead; offset + eventsOfRead <= nextOffset; offset += eventsOfRead) {
      found.starts.push({ partition, offset })
      found.cursors.push(page.cursor)
      page = (await get(`${eventsUrl}?limit=${eventsOfRead}&cursor=${page.cursor}`)) as Page
    }
  }
  return found
}

interface Page {
  cursor: string
}

async function get(url: string): Promise<unknown> {
  const response = await fetch(url, { headers: gateway.headers })
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}

function readThroughGateway(forSeconds: number) {
  const { headers } = gateway
  const load: ReadsLoad = { url: `${eventsUrl}?limit=${eventsOfRead}`, headers, cursors, seconds: forSeconds }
  return measured(gateway.part.pid, () => runScript<ReadsResult>('load-reads.ts', load))
}

async function readBare() {
  const { bootstrap } = rig
  const load: LimitReads = { bootstrap, topic, schemaFile: schemaFile(topic), starts, events: eventsOfRead, seconds }
  return figuresOf(await runScript<ReadsResult>('limit-reader.ts', load))
}
