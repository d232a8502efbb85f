import { Agent, request } from 'undici'
import { waitUntil } from '../local/wait-until.ts'
import { gauge } from './gauge.ts'
import type { Server } from './rig.ts'

export interface LongPolls {
  polls: number
  /** From sending the event until the last poll had it. */
  allWokenMs: number
  /** Consumers that the gateway held meanwhile. */
  readers: number
}

/** Polls that wait at the end of a topic, until an event comes for all of them. */
export async function longPolls(eventsUrl: string, { port, headers }: Server, polls: number): Promise<LongPolls> {
  const dispatcher = new Agent({ connections: polls + 1 })
  const waiting = Array.from({ length: polls }, async () => {
    const { body } = await request(`${eventsUrl}?from=latest&wait=30`, { headers, dispatcher })
    const { events } = (await body.json()) as { events: unknown[] }
    if (events.length === 0) throw new Error('a poll was answered without an event')
    return performance.now()
  })
  const areWaiting = async () => (await gauge(port, 'headgate_reads_waiting')) >= polls
  if (!(await waitUntil(areWaiting, { limitMs: 20_000, everyMs: 20 }))) throw new Error(`not all ${polls} polls wait`)
  const sentAt = performance.now()
  const json = { ...headers, 'content-type': 'application/json' }
  const order = { id: 'o', customer: 'c', amount: 1, currency: 'EUR', items: [] }
  await request(eventsUrl, { method: 'POST', headers: json, body: JSON.stringify(order), dispatcher })
  const readers = await gauge(port, 'headgate_kafka_readers')
  const wokenAt = await Promise.all(waiting)
  await dispatcher.close()
  return { polls, allWokenMs: Math.max(...wokenAt) - sentAt, readers }
}
