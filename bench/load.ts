/**
 * A load of one request, again and again, over keep-alive connections, in a process of its own. Reads a {@link Load} as its
 * argument, prints a {@link LoadResult}. Written on sockets, so that the machine's time goes to what is measured.
 */
import { connect, type Socket } from 'node:net'
import { Histogram } from './histogram.ts'

export interface Load {
  port: number
  path: string
  headers: Record<string, string>
  body: string
  connections: number
  seconds: number
}

export interface LoadResult {
  requests: number
  seconds: number
  p50Ms: number
  p99Ms: number
  /** Answers that were not 201. */
  failures: number
}

const load = JSON.parse(process.argv[2] as string) as Load
const head = Object.entries({
  host: `127.0.0.1:${load.port}`,
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(load.body)),
  ...load.headers,
}).map(([name, value]) => `${name}: ${value}\r\n`)
const request = Buffer.from(`POST ${load.path} HTTP/1.1\r\n${head.join('')}\r\n${load.body}`)

const times = new Histogram()
let requests = 0
let failures = 0
const startedAt = performance.now()
const until = startedAt + load.seconds * 1000

await Promise.all(Array.from({ length: load.connections }, run))
const seconds = (performance.now() - startedAt) / 1000
const result: LoadResult = { requests, seconds, p50Ms: times.percentile(0.5), p99Ms: times.percentile(0.99), failures }
process.stdout.write(`${JSON.stringify(result)}\n`)

function run(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect(load.port, '127.0.0.1')
  socket.setNoDelay(true)
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('the server closed a connection')))
  let received = ''
  let sentAt = 0
  const send = (target: Socket): void => {
    sentAt = performance.now()
    target.write(request)
  }
  socket.on('connect', () => send(socket))
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received = received === '' ? chunk : received + chunk
    const bodyStart = received.indexOf('\r\n\r\n') + 4
    if (bodyStart === 3) return
    const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1]
    if (received.length < bodyStart + Number(length)) return
    const now = performance.now()
    times.add(now - sentAt)
    requests++
    if (!received.startsWith('HTTP/1.1 201')) failures++
    received = ''
    if (now < until) {
      send(socket)
      return
    }
    socket.removeAllListeners('close')
    socket.destroy()
    resolve()
  })
  return promise
}
