/**
 * The machine's limit for subscriptions: a bare consumer of a group that takes batches, decodes them with avsc, writes them as
 * JSON, and commits each. Reads a {@link LimitGroup}, prints a `Measured`.
 */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import { consume, joinBare } from './group-consumer.ts'
import type { Measured } from './report.ts'

export interface LimitGroup {
  bootstrap: string
  group: string
  topic: string
  schemaFile: string
  batch: number
  seconds: number
}

const wirePrefixBytes = 5
const emptyRounds = 200
const load = JSON.parse(process.argv[2] as string) as LimitGroup
const type = avsc.Type.forSchema(JSON.parse(readFileSync(load.schemaFile, 'utf8')))
let open = 0
const consumer = await joinBare(load, () => open--)

let events = 0
let bytes = 0
// The group is joined before time is taken.
while ((await take(1)) === 0);
const startedAt = performance.now()
events = 0
for (let empty = 0; performance.now() - startedAt < load.seconds * 1000 && empty < emptyRounds; ) {
  empty = (await take(load.batch)) === 0 ? empty + 1 : 0
}
const seconds = (performance.now() - startedAt) / 1000
// What is confirmed counts; the answers come while something consumes.
for (let round = 0; open > 0 && round < emptyRounds; round++) await consume(consumer, 1)
if (bytes === 0) throw new Error('nothing was read')
const result: Measured = { events, seconds }
process.stdout.write(JSON.stringify(result))
process.exit(0)

async function take(most: number): Promise<number> {
  const messages = await consume(consumer, most)
  if (messages.length === 0) return 0
  const decoded = messages.map(({ topic, partition, offset, timestamp, value }) => {
    const event: unknown = type.fromBuffer((value as Buffer).subarray(wirePrefixBytes))
    return { topic, partition, offset, timestamp: new Date(timestamp ?? 0).toISOString(), value: event }
  })
  bytes += Buffer.byteLength(JSON.stringify({ events: decoded }))
  const next = new Map(
    messages.map(({ topic, partition, offset }) => [partition, { topic, partition, offset: offset + 1 }]),
  )
  open++
  consumer.commit([...next.values()])
  events += messages.length
  return messages.length
}
