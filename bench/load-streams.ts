/**
 * Readers of a stream of stamped orders, on bare sockets. Asked by lines ({@link StreamsRequest}); a reader that cannot be opened or that
 * loses its connection ends the process.
 */
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '../local/wait-until.ts'
import { answerLines } from './answer-lines.ts'
import { Histogram } from './histogram.ts'
import { now, stampLength, stampMarker } from './stamped-order.ts'

export type StreamsRequest = OpenStreams | { do: 'begin' } | { do: 'await'; events: number }

export interface OpenStreams {
  do: 'open'
  port: number
  path: string
  headers: Record<string, string>
  readers: number
}

/** What came between `begin` and the end of `await`. */
export interface StreamsReceived {
  /** In all. */
  deliveries: number
  /** Reads of sockets that they came in. */
  pieces: number
  /** Readers that did not get every event, or more than these. */
  wrongReaders: number
  p50Ms: number
  p99Ms: number
  mostMs: number
  lastAt: number
  cpuSeconds: number
}

const opening = 100
const openLimitMs = 10_000
const patienceMs = 15_000
const messageEnd = Buffer.from('\n\n')
const lineFeed = 10

const counts: number[] = []
const times = new Histogram()
// Every chunk is looked through before the next is read.
const received = Buffer.alloc(256 * 1024)
let pieces = 0
let lastAt = 0
let cpuBefore = process.cpuUsage()

await answerLines<StreamsRequest>(async (request) => {
  if (request.do === 'open') await open(request)
  if (request.do === 'begin') begin()
  return request.do === 'await' ? awaitEvents(request.events) : {}
})
process.exit(0)

async function open(request: OpenStreams): Promise<void> {
  const lines = Object.entries({ host: `127.0.0.1:${request.port}`, accept: 'text/event-stream', ...request.headers })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const bytes = Buffer.from(`GET ${request.path} HTTP/1.1\r\n${head}\r\n`)
  const wanted = counts.length + request.readers
  const openInTurn = async () => {
    while (counts.length < wanted) await openReader(request.port, bytes, counts.push(0) - 1)
  }
  await Promise.all(Array.from({ length: opening }, openInTurn))
}

/** Resolves with the head of the answer. */
function openReader(port: number, request: Buffer, reader: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let head: Buffer | undefined = Buffer.alloc(0)
  let rest: Buffer | undefined
  const onData = (length: number): boolean => {
    pieces++
    const chunk = received.subarray(0, length)
    const before = head ?? rest
    const bytes = before ? Buffer.concat([before, chunk]) : chunk
    if (!head) {
      rest = takeEvents(reader, bytes)
      return true
    }
    head = bytes
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return true
    if (!bytes.toString('latin1', 0, 12).endsWith(' 200')) reject(new Error(bytes.toString()))
    head = undefined
    rest = takeEvents(reader, bytes.subarray(end))
    resolve()
    return true
  }
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer: received, callback: onData } })
  socket.setTimeout(openLimitMs, () => reject(new Error(`a reader was not answered within ${openLimitMs} ms`)))
  socket.on('connect', () => socket.write(request))
  socket.on('error', reject)
  socket.on('close', () => fail(`reader ${reader} lost its connection`))
  return promise.then(() => void socket.setTimeout(0))
}

/** Counts whole events; answers a copy of what is left of one that is not. */
function takeEvents(reader: number, bytes: Buffer): Buffer | undefined {
  let from = 0
  for (;;) {
    const marker = bytes.indexOf(stampMarker, from)
    const end = marker < 0 ? -1 : bytes.indexOf(messageEnd, marker)
    if (end < 0) {
      const isWhole = marker < 0 && (from === bytes.length || bytes[bytes.length - 1] === lineFeed)
      return isWhole ? undefined : Buffer.from(bytes.subarray(from))
    }
    const stamp = marker + stampMarker.length
    lastAt = now()
    times.add(lastAt - Number(bytes.toString('latin1', stamp, stamp + stampLength)))
    counts[reader] = (counts[reader] as number) + 1
    from = end + messageEnd.length
  }
}

function begin(): void {
  counts.fill(0)
  times.clear()
  pieces = 0
  cpuBefore = process.cpuUsage()
}

/** Until every reader has so many, or nothing has come for a while; and then a moment, for what would be too many. */
async function awaitEvents(events: number): Promise<StreamsReceived> {
  const askedAt = now()
  const isOver = () => counts.every((count) => count >= events) || now() - Math.max(lastAt, askedAt) > patienceMs
  await waitUntil(isOver, { limitMs: Number.POSITIVE_INFINITY, everyMs: 20 })
  const { user, system } = process.cpuUsage(cpuBefore)
  const result = {
    p50Ms: times.percentile(0.5),
    p99Ms: times.percentile(0.99),
    mostMs: times.mostMs,
    lastAt,
    cpuSeconds: (user + system) / 1e6,
  }
  await delay(100)
  const wrongReaders = counts.filter((count) => count !== events).length
  return { ...result, deliveries: counts.reduce((sum, count) => sum + count, 0), pieces, wrongReaders }
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
