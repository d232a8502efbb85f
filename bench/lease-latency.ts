/**
 * How long an event takes from a producer to a receiver that waits for it, one event at a time: by a long poll of a subscription, or by
 * a bare consumer of a group. Reads a {@link LatencyLoad}, prints {@link Latencies}.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaConsumer } from '@confluentinc/kafka-javascript'
import avsc from 'avsc'
import { request } from 'undici'
import { openBareProducer } from './bare-producer.ts'
import { consume, joinBare } from './group-consumer.ts'
import { Histogram } from './histogram.ts'
import { now, stampedOrder } from './stamped-order.ts'

export interface LatencyLoad {
  bootstrap: string
  topic: string
  schemaFile: string
  schemaId: number
  events: number
  /** Of the subscription; null: by a bare consumer. */
  url: string | null
  group: string
  headers: Record<string, string>
}

export interface Latencies {
  p50Ms: number
  p99Ms: number
}

const wirePrefixBytes = 5
const warmUp = 20
const quietMs = 500
const load = JSON.parse(process.argv[2] as string) as LatencyLoad
const type = avsc.Type.forSchema(JSON.parse(readFileSync(load.schemaFile, 'utf8')))
const prefix = Buffer.alloc(wirePrefixBytes)
prefix.writeUInt32BE(load.schemaId, 1)
const producer = await openBareProducer(load.bootstrap)
const receive = load.url === null ? await bareReceiver() : () => receiveAt(load.url as string)

const times = new Histogram()
for (let event = -warmUp; event < load.events; event++) {
  const receiving = receive()
  // By then it waits, wherever it has to look before that.
  await delay(30 + Math.random() * 40)
  const sentAt = performance.now()
  producer.produce(
    load.topic,
    null,
    Buffer.concat([prefix, type.toBuffer(stampedOrder(now(), 3))]),
    null,
    Date.now(),
    () => {},
  )
  const receivedAt = await receiving
  if (event >= 0) times.add(receivedAt - sentAt)
}
const result: Latencies = { p50Ms: times.percentile(0.5), p99Ms: times.percentile(0.99) }
process.stdout.write(JSON.stringify(result))
process.exit(0)

/** When the event was there. It is acknowledged before the next is asked for. */
async function receiveAt(url: string): Promise<number> {
  const text = await post(`${url}/receive?max=1&wait=20`)
  const receivedAt = performance.now()
  const [, token] = /"token":"([\w-]+)"/.exec(text) ?? []
  if (!token) throw new Error(`nothing was received: ${text}`)
  await post(`${url}/acknowledge`, JSON.stringify({ tokens: [token] }))
  return receivedAt
}

async function post(url: string, body?: string): Promise<string> {
  const headers = { ...load.headers, 'content-type': 'application/json' }
  const answer = await request(url, { method: 'POST', headers, body: body ?? null })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(text)
  return text
}

async function bareReceiver(): Promise<() => Promise<number>> {
  const consumer = await joinBare(load)
  await readToTheEnd(consumer)
  return async () => {
    for (;;) {
      const [message] = await consume(consumer, 1)
      if (!message) continue
      const receivedAt = performance.now()
      type.fromBuffer((message.value as Buffer).subarray(wirePrefixBytes))
      const { topic, partition, offset } = message
      consumer.commit([{ topic, partition, offset: offset + 1 }])
      return receivedAt
    }
  }
}

/** Of all that was there before, of which there is something. */
async function readToTheEnd(consumer: KafkaConsumer): Promise<void> {
  let isBegun = false
  for (let quietSince = performance.now(); !isBegun || performance.now() - quietSince < quietMs; ) {
    if ((await consume(consumer, 1_000)).length === 0) continue
    isBegun = true
    quietSince = performance.now()
  }
}
