/**
 * The machine's limit for reading: a bare consumer that goes to a random offset, takes the next events, decodes them with
 * avsc and writes them as JSON. Reads {@link LimitReads}, prints {@link LoadResult}.
 */
import { readFileSync } from 'node:fs'
import kafka, { type ConsumerGlobalConfig, type KafkaConsumer, type Message } from '@confluentinc/kafka-javascript'
import avsc from 'avsc'
import { bareSettings } from './bare-producer.ts'
import { runReads } from './reads.ts'

export interface LimitReads {
  bootstrap: string
  topic: string
  schemaFile: string
  /** Where reads may begin: so that each finds as many events as it wants. */
  starts: readonly { partition: number; offset: number }[]
  events: number
  seconds: number
}

const wirePrefixBytes = 5
const load = JSON.parse(process.argv[2] as string) as LimitReads
const type = avsc.Type.forSchema(JSON.parse(readFileSync(load.schemaFile, 'utf8')))
const settings = { ...bareSettings(load.bootstrap).reader, 'group.id': 'limit' }
const consumer = new kafka.KafkaConsumer(settings as ConsumerGlobalConfig, {})
await new Promise<void>((resolve, reject) => consumer.connect({}, (error) => (error ? reject(error) : resolve())))
consumer.setDefaultConsumeTimeout(5)

const result = await runReads(load.seconds, () => {
  const start = load.starts[Math.floor(Math.random() * load.starts.length)] as LimitReads['starts'][number]
  return readFrom(start)
})
process.stdout.write(JSON.stringify(result))
process.exit(0)

async function readFrom(start: { partition: number; offset: number }): Promise<number> {
  consumer.assign([{ topic: load.topic, ...start }])
  const messages: Message[] = []
  while (messages.length < load.events) messages.push(...(await consume(consumer, load.events - messages.length)))
  const events = messages.map(({ topic, partition, offset, timestamp, value }) => {
    const decoded: unknown = type.fromBuffer((value as Buffer).subarray(wirePrefixBytes))
    return { topic, partition, offset, timestamp: new Date(timestamp ?? 0).toISOString(), value: decoded }
  })
  return Buffer.byteLength(JSON.stringify({ events })) > 0 ? events.length : 0
}

function consume(from: KafkaConsumer, most: number): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    from.consume(most, (error, messages) => (error ? reject(error) : resolve(messages)))
  })
}
