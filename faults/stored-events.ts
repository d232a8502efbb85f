import kafka, { type KafkaConsumer, type LibrdKafkaError, type Message } from '@confluentinc/kafka-javascript'
import avsc from 'avsc'
import type { StoredEvent } from './judge.ts'
import { schema } from './requests.ts'

const limitMs = 60_000
const callMs = 10_000
// Kafka's magic byte and the schema's id come before the value.
const headerBytes = 5

export interface Reading {
  bootstrap: string
  topic: string
  partitions: number
}

/** All events of a topic, read by a consumer that knows nothing of the gateway. */
export async function storedEvents({ bootstrap, topic, partitions }: Reading): Promise<StoredEvent[]> {
  const type = avsc.Type.forSchema(schema as avsc.Schema)
  const consumer = new kafka.KafkaConsumer(
    {
      'bootstrap.servers': bootstrap,
      'group.id': 'faults',
      'isolation.level': 'read_committed',
      'enable.auto.commit': false,
    },
    { 'auto.offset.reset': 'earliest' },
  )
  await call((done) => consumer.connect({ timeout: callMs, allTopics: false }, done))
  try {
    const stored: StoredEvent[] = []
    const positions = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 }))
    const ends = await Promise.all(positions.map(({ partition }) => endOf(consumer, topic, partition)))
    const missing = ends.reduce((sum, end) => sum + end, 0)
    consumer.assign(positions)
    consumer.setDefaultConsumeTimeout(100)
    for (const deadline = Date.now() + limitMs; stored.length < missing; ) {
      if (Date.now() > deadline) throw new Error(`only ${stored.length} of ${missing} records of ${topic} can be read`)
      const messages = await call<Message[]>((done) => consumer.consume(10_000, done))
      for (const { value, partition, offset } of messages) {
        const { id } = type.decode(value as Buffer, headerBytes).value as { id: number }
        stored.push({ id, partition, offset })
      }
    }
    return stored
  } finally {
    await call((done) => consumer.disconnect(done))
  }
}

async function endOf(consumer: KafkaConsumer, topic: string, partition: number): Promise<number> {
  type Ends = { highOffset: number }
  return (await call<Ends>((done) => consumer.queryWatermarkOffsets(topic, partition, callMs, done))).highOffset
}

type Done<T> = (error: LibrdKafkaError, result: T) => void
const call = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))))
