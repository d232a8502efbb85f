/**
 * The machine's limit for lines: a bare producer that is fed from memory. Each line is parsed, encoded with avsc into a
 * preallocated buffer and produced, with the gateway's own settings. Reads {@link LimitLines}, prints {@link LinesResult}.
 */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import { openBareProducer } from './bare-producer.ts'
import type { LinesResult } from './load-lines.ts'

export interface LimitLines {
  bootstrap: string
  topic: string
  schemaFile: string
  lines: readonly string[]
  warmUpSeconds: number
  seconds: number
}

const mostInFlight = 50_000
// About what a chunk of the socket brings.
const linesAtOnce = 250

const load = JSON.parse(process.argv[2] as string) as LimitLines
const type = avsc.Type.forSchema(JSON.parse(readFileSync(load.schemaFile, 'utf8')))
const producer = await openBareProducer(load.bootstrap)
const buffer = Buffer.alloc(64 * 1024)
const lines = load.lines.map((line) => Buffer.from(line))

await produceFor(load.warmUpSeconds)
const cpuBefore = process.cpuUsage()
const result: LinesResult = await produceFor(load.seconds)
const { user, system } = process.cpuUsage(cpuBefore)
process.stdout.write(JSON.stringify({ ...result, cpuSeconds: (user + system) / 1e6 }))
process.exit(0)

function produceFor(seconds: number): Promise<LinesResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LinesResult>()
  const startedAt = performance.now()
  let sent = 0
  let done = 0
  const onReport = (report: unknown) => {
    if (!report) reject(new Error('a record was not written'))
    done++
    if (done === sent && isOver()) resolve({ events: done, seconds: (performance.now() - startedAt) / 1000 })
  }
  const isOver = () => performance.now() - startedAt > seconds * 1000
  const feed = (): void => {
    if (isOver()) return
    for (let count = 0; count < linesAtOnce && sent - done < mostInFlight; count++) {
      const { value } = JSON.parse((lines[sent % lines.length] as Buffer).toString())
      producer.produce(load.topic, null, buffer.subarray(0, type.encode(value, buffer, 5)), null, Date.now(), onReport)
      sent++
    }
    setImmediate(feed)
  }
  feed()
  return promise
}
