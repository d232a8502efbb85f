import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalError } from './local-error.ts'
import { projectDirectory } from './paths.ts'

export const demoTopic = 'earthquakes'
export const demoDirectory = join(import.meta.dirname, 'demo')
export const demoSchema = (): string => readFileSync(join(demoDirectory, 'earthquake.avsc'), 'utf8')

export interface SeedOptions {
  gateway: string
  token: string
  /** There once all events are written. It is not believed for a topic that was only just created. */
  markerFile: string
  isTopicNew: boolean
  signal?: AbortSignal
}

export interface Earthquake {
  id: string
}

interface EventPage {
  events: { key: unknown }[]
  cursor: string
  atEnd: boolean
}

const eventsPerBatch = 500
const eventsPerRead = 1_000

/**
 * Publishes the demonstration's events through the gateway and answers how many. Those whose key is in the topic
 * already are left out, so a seed that was cut short is completed and none is written twice.
 */
export async function seedDemo(options: SeedOptions): Promise<number> {
  const { markerFile, isTopicNew } = options
  if (existsSync(markerFile) && !isTopicNew) return 0
  const present = isTopicNew ? new Set() : await readKeys(options)
  const missing = readEarthquakes().filter(({ id }) => !present.has(id))
  for (let start = 0; start < missing.length; start += eventsPerBatch) {
    await publish(missing.slice(start, start + eventsPerBatch), options)
  }
  writeFileSync(markerFile, new Date().toISOString())
  return missing.length
}

export function readEarthquakes(): Earthquake[] {
  const file = join(projectDirectory, 'node_modules/vega-datasets/data/earthquakes.json')
  const { features } = JSON.parse(readFileSync(file, 'utf8')) as { features: Earthquake[] }
  return features
}

async function publish(earthquakes: readonly Earthquake[], options: SeedOptions): Promise<void> {
  const events = earthquakes.map((value) => ({ value }))
  await ask('/events/batch', options, { method: 'POST', body: JSON.stringify({ events }) })
}

async function readKeys(options: SeedOptions): Promise<Set<unknown>> {
  const keys = new Set<unknown>()
  let query = 'from=earliest'
  for (;;) {
    const page = (await ask(`/events?${query}&limit=${eventsPerRead}`, options, {})) as EventPage
    for (const { key } of page.events) keys.add(key)
    if (page.atEnd) return keys
    query = `cursor=${encodeURIComponent(page.cursor)}`
  }
}

const answerLimitMs = 30_000
const shownCharacters = 1_000

async function ask(path: string, { gateway, token, signal }: SeedOptions, request: RequestInit): Promise<unknown> {
  const limit = AbortSignal.timeout(answerLimitMs)
  const answer = await fetch(`${gateway}/v1/topics/${demoTopic}${path}`, {
    ...request,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  })
  const text = await answer.text()
  if (answer.status !== 200 && answer.status !== 201) {
    throw new LocalError(
      `the gateway answered ${answer.status} to the demonstration's events: ${text.slice(0, shownCharacters)}\n` +
        'Run ./headgate up again: it publishes those that are missing.',
    )
  }
  return JSON.parse(text)
}
