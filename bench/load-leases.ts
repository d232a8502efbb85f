/**
 * Receivers of a subscription, each of which receives a batch, acknowledges it and asks for the next, until nothing is left or the
 * time is over. Reads a {@link LeasesLoad}, prints a `Measured`.
 */
import { Agent, request } from 'undici'
import { Histogram } from './histogram.ts'
import type { Measured } from './report.ts'

export interface LeasesLoad {
  /** Of the subscription. */
  url: string
  headers: Record<string, string>
  receivers: number
  batch: number
  seconds: number
}

const load = JSON.parse(process.argv[2] as string) as LeasesLoad
const dispatcher = new Agent({ connections: load.receivers })
const headers = { ...load.headers, 'content-type': 'application/json' }
const times = new Histogram()
let events = 0

// The group is joined before time is taken.
await post('receive?max=1&wait=20').then((text) => acknowledge(tokensOf(text)))
const startedAt = performance.now()
const until = startedAt + load.seconds * 1000
await Promise.all(Array.from({ length: load.receivers }, run))
const seconds = (performance.now() - startedAt) / 1000
const result: Measured = { events, seconds, p50Ms: times.percentile(0.5), p99Ms: times.percentile(0.99) }
process.stdout.write(JSON.stringify(result))
await dispatcher.close()

async function run(): Promise<void> {
  while (performance.now() < until) {
    const sentAt = performance.now()
    const tokens = tokensOf(await post(`receive?max=${load.batch}&wait=1`))
    if (tokens.length === 0) return
    await acknowledge(tokens)
    times.add(performance.now() - sentAt)
    events += tokens.length
  }
}

async function acknowledge(tokens: readonly string[]): Promise<void> {
  const text = await post('acknowledge', JSON.stringify({ tokens }))
  const acknowledged = text.split('"acknowledged"').length - 1
  if (acknowledged !== tokens.length) throw new Error(`only ${acknowledged} of ${tokens.length} were acknowledged`)
}

// Parsing the events would take this process longer than it takes the gateway to write them.
function tokensOf(text: string): string[] {
  return [...text.matchAll(/"token":"([\w-]+)"/g)].map(([, token]) => token as string)
}

async function post(path: string, body?: string): Promise<string> {
  const answer = await request(`${load.url}/${path}`, { method: 'POST', headers, body: body ?? null, dispatcher })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(text)
  return text
}
