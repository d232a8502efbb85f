/**
 * The machine's limit for streams: a bare server that writes the gateway's very messages to all sockets. One consumer with the
 * gateway's own settings; an order is decoded with avsc, and its message built once. No authentication, signatures, history, slow readers, metrics
 * or log. Arguments: port, bootstrap, topic, partitions, schema file, schema id, and a cursor, which every message carries.
 */
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Message } from '@confluentinc/kafka-javascript'
import avsc from 'avsc'
import { connectClient, consumeReady, createConsumer } from '../src/kafka/native-client.ts'
import { Signal } from '../src/kafka/signal.ts'
import { bareSettings } from './bare-producer.ts'

const [port, bootstrap = '', topic = '', partitions, schemaFile = '', schemaId, cursor] = process.argv.slice(2)
const wirePrefixBytes = 5
const endOfPartition = -1
// As the gateway's tail does, so that both write as many pieces.
const gatherMs = 5
const type = avsc.Type.forSchema(JSON.parse(readFileSync(schemaFile, 'utf8')))
const schema = { subject: `${topic}-value`, version: 1, id: Number(schemaId) }
const readers = new Set<ServerResponse>()
const queued = new Signal()
const consumer = createConsumer({ ...bareSettings(bootstrap).tail, 'group.id': 'limit' }, () => queued.set())
await connectClient(consumer, 10_000)
consumer.assign(
  Array.from({ length: Number(partitions) }, (_, partition) => ({ topic, partition, offset: endOfPartition })),
)

createServer((req, res) => {
  if (!req.url?.startsWith('/v1/stream')) return res.end()
  res.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  res.flushHeaders()
  res.write('retry: 5000\n\n')
  readers.add(res)
  res.on('close', () => readers.delete(res))
}).listen(Number(port), '127.0.0.1')

for (;;) {
  queued.clear()
  const messages = await consumeReady(consumer, 1_000)
  if (messages.length === 0) {
    await queued.wait(1_000)
    continue
  }
  const bytes = Buffer.concat(messages.map(streamMessage))
  for (const reader of readers) reader.write(bytes)
  await delay(gatherMs)
}

function streamMessage({ partition, offset, timestamp = 0, key, value }: Message): Buffer {
  const event = {
    topic,
    partition,
    offset,
    timestamp: new Date(timestamp).toISOString(),
    key: key?.toString() ?? null,
    headers: {},
    value: type.fromBuffer((value as Buffer).subarray(wirePrefixBytes)),
    schema,
  }
  return Buffer.from(`data: ${JSON.stringify(event)}\nid: ${cursor}\n\n`)
}
