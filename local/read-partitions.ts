import kafka, { type KafkaConsumer, type LibrdKafkaError, type Message } from '@confluentinc/kafka-javascript'

export interface PartitionsToRead {
  bootstrap: string
  partitions: readonly { topic: string; partition: number }[]
  /** For everything together. */
  limitMs: number
}

const callMs = 10_000
const mostAtOnce = 10_000

/** All records that the partitions hold now, each partition's in order, as any Kafka client reads them: `read_committed`. */
export async function readPartitions({ bootstrap, partitions, limitMs }: PartitionsToRead): Promise<Message[]> {
  const settings = {
    'bootstrap.servers': bootstrap,
    'group.id': 'outside',
    'isolation.level': 'read_committed',
    'enable.auto.commit': false,
  } as const
  const consumer = new kafka.KafkaConsumer(settings, { 'auto.offset.reset': 'earliest' })
  await call((done) => consumer.connect({ timeout: callMs, allTopics: false }, done))
  try {
    const counts = await Promise.all(partitions.map(({ topic, partition }) => countOf(consumer, topic, partition)))
    const missing = counts.reduce((sum, count) => sum + count, 0)
    consumer.assign(partitions.map((each) => ({ ...each, offset: 0 })))
    consumer.setDefaultConsumeTimeout(100)
    const read: Message[] = []
    for (const deadline = Date.now() + limitMs; read.length < missing; ) {
      if (Date.now() > deadline) throw new Error(`only ${read.length} of ${missing} records can be read`)
      for (const message of await call<Message[]>((done) => consumer.consume(mostAtOnce, done))) read.push(message)
    }
    return read
  } finally {
    await call((done) => consumer.disconnect(done))
  }
}

async function countOf(consumer: KafkaConsumer, topic: string, partition: number): Promise<number> {
  const { lowOffset, highOffset } = await call<{ lowOffset: number; highOffset: number }>((done) =>
    consumer.queryWatermarkOffsets(topic, partition, callMs, done),
  )
  return highOffset - lowOffset
}

type Done<T> = (error: LibrdKafkaError, result: T) => void
const call = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))))
