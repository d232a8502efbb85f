import { type Ending, type Exchange, endings, type Place } from './answer-log.ts'

export interface StoredEvent extends Place {
  id: number
}

/** Each a list of what was found, in words; all empty where every answer was true. */
export interface Faults {
  /** Answered `published`, and not in Kafka. */
  lost: string[]
  /** Answered as not written, and in Kafka. */
  falselyFailed: string[]
  /** Written more than once for one request. */
  doubled: string[]
  /** Published, at another place than the answer says. */
  misplaced: string[]
  /** In Kafka, and never sent. */
  stray: string[]
  late: string[]
  /** An answer that is not documented. */
  odd: string[]
}

export interface Verdict {
  requests: number
  events: number
  endings: Record<Ending, number>
  faults: Faults
  slowestMs: number
}

export interface JudgeOptions {
  /** What an answer may take beyond its deadline. */
  slackMs: number
  /** Endings that claim nothing about the event, so that it may be stored or not. */
  open?: readonly Ending[]
}

export const openEndings: readonly Ending[] = ['unknown', 'unanswered']

/** Holds every answer to what a plain consumer read afterwards. */
export function judge(exchanges: readonly Exchange[], stored: readonly StoredEvent[], options: JudgeOptions): Verdict {
  const { slackMs, open = openEndings } = options
  const placesById = Map.groupBy(stored, ({ id }) => id)
  const faults: Faults = { lost: [], falselyFailed: [], doubled: [], misplaced: [], stray: [], late: [], odd: [] }
  const counts = Object.fromEntries(endings.map((ending) => [ending, 0])) as Record<Ending, number>
  const sent = new Set<number>()

  for (const { way, ids, ms, limitMs, endings: ends, places, oddity } of exchanges) {
    const request = `${way} of events ${ids[0]} to ${ids.at(-1)}`
    // Who is turned away is told so at once.
    const promisedMs = ends.every((ending) => ending === 'turned-away') ? 0 : limitMs
    if (ms > promisedMs + slackMs) faults.late.push(`${request}: ${ms} ms, where ${promisedMs} ms are promised`)
    if (oddity !== undefined) faults.odd.push(`${request}: ${oddity}`)
    for (const [index, id] of ids.entries()) {
      sent.add(id)
      const ending = ends[index] ?? 'unanswered'
      counts[ending]++
      const found = placesById.get(id) ?? []
      const event = `event ${id} (${way}, ${ending})`
      if (found.length > 1) faults.doubled.push(`${event}: ${found.length} times`)
      if (ending === 'published') {
        if (found.length === 0) faults.lost.push(event)
        else if (!found.some((place) => isSame(place, places[index]))) faults.misplaced.push(event)
      } else if (found.length > 0 && !open.includes(ending)) faults.falselyFailed.push(event)
    }
  }
  for (const id of placesById.keys()) if (!sent.has(id)) faults.stray.push(`event ${id}`)
  return {
    requests: exchanges.length,
    events: sent.size,
    endings: counts,
    faults,
    slowestMs: exchanges.reduce((most, { ms }) => Math.max(most, ms), 0),
  }
}

export const isTrue = ({ faults }: Verdict): boolean => Object.values(faults).every((found) => found.length === 0)

const isSame = (one: Place, other: Place | null | undefined): boolean =>
  one.partition === other?.partition && one.offset === other.offset
