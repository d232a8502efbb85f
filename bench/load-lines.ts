/**
 * A load of NDJSON: a few connections that each send lines as fast as they are taken, for some seconds, and read all the
 * while. Reads a {@link LinesLoad} as its argument, prints a {@link LinesResult}.
 */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface LinesLoad {
  port: number
  path: string
  headers: Record<string, string>
  lines: readonly string[]
  connections: number
  seconds: number
}

export interface LinesResult {
  events: number
  seconds: number
}

const load = JSON.parse(process.argv[2] as string) as LinesLoad
const chunk = Buffer.from(load.lines.map((line) => `${line}\n`).join(''))
const startedAt = performance.now()

const published = await Promise.all(Array.from({ length: load.connections }, stream))
const result: LinesResult = {
  events: published.reduce((sum, each) => sum + each, 0),
  seconds: (performance.now() - startedAt) / 1000,
}
process.stdout.write(JSON.stringify(result))

async function stream(): Promise<number> {
  const { port, path, headers } = load
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const req = request(
    { port, path, host: '127.0.0.1', method: 'POST', headers: { ...headers, 'content-type': 'application/x-ndjson' } },
    (res) => text(res).then(resolve, reject),
  )
  req.on('error', reject)
  const write = (): void => {
    while (performance.now() - startedAt < load.seconds * 1000) {
      if (!req.write(chunk)) {
        req.once('drain', write)
        return
      }
    }
    req.end()
  }
  write()
  const { summary } = JSON.parse((await promise).trim().split('\n').at(-1) ?? '{}')
  if (summary?.published !== summary?.read || !summary) throw new Error('not every line was published')
  return summary.published
}
