/**
 * Produces stamped orders to Kafka, evenly. Reads {@link OrdersLoad} as its argument, prints {@link ProducedOrders}.
 */
import { readFileSync } from 'node:fs'
import avsc from 'avsc'
import { openBareProducer } from './bare-producer.ts'
import { now, stampedOrder } from './stamped-order.ts'

export interface OrdersLoad {
  bootstrap: string
  topic: string
  schemaFile: string
  schemaId: number
  eventsPerSecond: number
  seconds: number
  /** Of each order: they make its size. */
  items: number
  /** How many keys take turns; 0 for events without a key. */
  keys: number
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
const newest: Record<string, string> = {}
const total = Math.round(load.eventsPerSecond * load.seconds)
const { promise: written, resolve, reject } = Promise.withResolvers<void>()
const startedAt = now()
let sent = 0
let reported = 0
produceDue()
await written
const result: ProducedOrders = { events: total, startedAt, newest }
process.stdout.write(JSON.stringify(result))
process.exit(0)

function produceDue(): void {
  while (sent < total && dueAt(sent) <= now()) produce(sent++)
  if (sent < total) setTimeout(produceDue, Math.max(0, dueAt(sent) - now()))
}

function dueAt(index: number): number {
  return startedAt + (index * 1000) / load.eventsPerSecond
}

function produce(index: number): void {
  const at = now()
  const key = load.keys > 0 ? `key-${index % load.keys}` : null
  if (key) newest[key] = at.toFixed(3)
  const end = type.encode(stampedOrder(at, load.items), buffer, wirePrefixBytes)
  producer.produce(load.topic, null, buffer.subarray(0, end), key, Date.now(), onReport)
}

function onReport(report: unknown): void {
  if (!report) reject(new Error('an order was not written'))
  if (++reported === total) resolve()
}
