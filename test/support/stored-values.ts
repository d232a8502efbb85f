import kafka, { type KafkaConsumer, type LibrdKafkaError, type Message } from '@confluentinc/kafka-javascript'
import { uniqueName } from './gateway.ts'
import { sharedParts } from './parts.ts'

const limitMs = 10_000

/** The values of all records that partition 0 of each topic holds now, in order, as any Kafka client reads them. */
export async function storedValues(
  topics: readonly string[],
  bootstrap = sharedParts().kafka.bootstrap,
): Promise<Map<string, (Buffer | null)[]>> {
  const records = await storedMessages(topics, bootstrap)
  return new Map([...records].map(([topic, messages]) => [topic, messages.map(({ value }) => value)]))
}

export interface StoredMessage {
  key: string | null
  value: Buffer | null
  timestamp: number
  /** In the order of the record. */
  headers: [name: string, text: string][]
}

export async function storedMessages(
  topics: readonly string[],
  bootstrap = sharedParts().kafka.bootstrap,
): Promise<Map<string, StoredMessage[]>> {
  const settings = { 'bootstrap.servers': bootstrap, 'group.id': uniqueName('outside'), 'enable.auto.commit': false }
  const consumer = new kafka.KafkaConsumer(settings, { 'auto.offset.reset': 'earliest' })
  const stored = new Map<string, StoredMessage[]>(topics.map((topic) => [topic, []]))
  await call((done) => consumer.connect({ timeout: limitMs, allTopics: false }, done))
  try {
    let missing = 0
    for (const topic of topics) missing += await recordsOf(consumer, topic)
    consumer.assign(topics.map((topic) => ({ topic, partition: 0, offset: 0 })))
    consumer.setDefaultConsumeTimeout(100)
    for (const deadline = Date.now() + 2 * limitMs; missing > 0; ) {
      if (Date.now() > deadline) throw new Error(`${missing} records of ${topics.join(', ')} were not read`)
      const messages = await call<Message[]>((done) => consumer.consume(1_000, done))
      for (const message of messages) stored.get(message.topic)?.push(storedMessage(message))
      missing -= messages.length
    }
    return stored
  } finally {
    await call((done) => consumer.disconnect(done))
  }
}

function storedMessage({ key, value, timestamp = -1, headers = [] }: Message): StoredMessage {
  const texts = headers.flatMap((header) => Object.entries(header))
  return {
    key: key == null ? null : String(key),
    value,
    timestamp,
    headers: texts.map(([name, text]) => [name, String(text)]),
  }
}

async function recordsOf(consumer: KafkaConsumer, topic: string): Promise<number> {
  const { lowOffset, highOffset } = await call<{ lowOffset: number; highOffset: number }>((done) =>
    consumer.queryWatermarkOffsets(topic, 0, limitMs, done),
  )
  return highOffset - lowOffset
}

type Done<T> = (error: LibrdKafkaError, result: T) => void
const call = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))))
