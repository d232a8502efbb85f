/** The ways in: one event, a batch with either rule for refused events, and lines that each get an outcome. */
export type Way = 'one' | 'batch skip' | 'batch withhold' | 'lines'

export interface PublishRequest {
  ids: number[]
  path: string
  contentType: string
  body: string
}

export const schema = {
  type: 'record',
  name: 'Faulted',
  namespace: 'org.example.faults',
  fields: [{ name: 'id', type: 'long' }],
}

const batchSize = 10
const lineCount = 30

/** How many events the request of a way has. */
export const sizeOf = (way: Way): number =>
  ({ one: 1, 'batch skip': batchSize, 'batch withhold': batchSize, lines: lineCount })[way]

/** The `round`-th request of a caller. Some of its events break the contract, in some rounds all. */
export function requestOf(way: Way, topic: string, round: number, ids: number[]): PublishRequest {
  const events = ids.map((id, index) => envelope(id, isRefused(way, round, index)))
  const path = `/v1/topics/${topic}/events`
  switch (way) {
    case 'one':
      return { ids, path, contentType: 'application/json', body: JSON.stringify(events[0]?.value) }
    case 'lines': {
      const lines = events.map((event, index) => (index === lineCount - 2 ? broken(event) : JSON.stringify(event)))
      return { ids, path: `${path}?outcomes=all`, contentType: 'application/x-ndjson', body: `${lines.join('\n')}\n` }
    }
    default: {
      const onRefusal = way === 'batch skip' ? 'skip' : 'withhold'
      const body = JSON.stringify({ onRefusal, events })
      return { ids, path: `${path}/batch`, contentType: 'application/json', body }
    }
  }
}

function isRefused(way: Way, round: number, index: number): boolean {
  switch (way) {
    case 'one':
      return round % 10 === 9
    case 'lines':
      return index === 3
    default:
      return round % 2 === 1 && (index === 4 || round % 10 === 9)
  }
}

// The id is there also where the event is refused, so that it would be seen if it were written all the same.
const envelope = (id: number, refused: boolean) => ({ key: String(id), value: refused ? { id, extra: true } : { id } })

const broken = (event: unknown): string => JSON.stringify(event).slice(0, -1)
