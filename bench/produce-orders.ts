/**
 * Produces stamped orders to Kafka, evenly, each time for as long as it is asked to by a line ({@link ProduceRequest}). Reads
 * {@link OrdersLoad} as its argument.
 */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import { answerLines } from './answer-lines.ts'
import { openBareProducer } from './bare-producer.ts'
import { now, stampedOrder } from './stamped-order.ts'

export interface OrdersLoad {
  bootstrap: string
  topic: string
  schemaFile: string
  schemaId: number
  eventsPerSecond: number
  /** Of each order: they make its size. */
  items: number
  /** How many keys take turns; 0 for events without a key. */
  keys: number
}

export interface ProduceRequest {
  seconds: number
}

export interface ProducedOrders {
  events: number
  startedAt: number
  /** The id of the last order of each key. */
  newest: Record<string, string>
}

const wirePrefixBytes = 5

const load = JSON.parse(process.argv[2] as string) as OrdersLoad
const type = avsc.Type.forSchema(JSON.parse(readFileSync(load.schemaFile, 'utf8')))
const buffer = Buffer.alloc(64 * 1024)
buffer.writeUInt32BE(load.schemaId, 1)
const producer = await openBareProducer(load.bootstrap)
await answerLines<ProduceRequest>(({ seconds }) => produceFor(seconds))
process.exit(0)

/** Resolves when Kafka has all of them. */
async function produceFor(seconds: number): Promise<ProducedOrders> {
  const startedAt = now()
  const events = Math.round(load.eventsPerSecond * seconds)
  const newest: Record<string, string> = {}
  const { promise: written, resolve, reject } = Promise.withResolvers<void>()
  let sent = 0
  let reported = 0
  const onReport = (report: unknown) => {
    if (!report) reject(new Error('an order was not written'))
    if (++reported === events) resolve()
  }
  const dueAt = () => startedAt + (sent * 1000) / load.eventsPerSecond
  const produceDue = () => {
    for (; sent < events && dueAt() <= now(); sent++) {
      const at = now()
      const key = load.keys > 0 ? `key-${sent % load.keys}` : null
      if (key) newest[key] = at.toFixed(3)
      const end = type.encode(stampedOrder(at, load.items), buffer, wirePrefixBytes)
      producer.produce(load.topic, null, buffer.subarray(0, end), key, Date.now(), onReport)
    }
    if (sent < events) setTimeout(produceDue, Math.max(0, dueAt() - now()))
  }
  produceDue()
  await written
  return { events, startedAt, newest }
}
