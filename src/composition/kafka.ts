import type { LoadedConfig } from '../config/load-config.ts'
import { clientSettings } from '../kafka/client-settings.ts'
import { KafkaAdmin } from '../kafka/kafka-admin.ts'
import { KafkaLog } from '../kafka/kafka-log.ts'
import { ReaderPool } from '../kafka/reader-pool.ts'
import { RecordProducer } from '../kafka/record-producer.ts'
import { Tail } from '../kafka/tail.ts'
import { TopicCatalog } from '../kafka/topic-catalog.ts'
import { TopicLimits } from '../kafka/topic-limits.ts'
import type { Logger } from '../observability/logger.ts'
import { accepted } from './accepted.ts'
import { loggedHealth } from './logged-health.ts'

export type KafkaParts = ReturnType<typeof openKafka>

/** All clients of Kafka that the gateway has from its start to its end. They go with the stack. */
export function openKafka(stack: AsyncDisposableStack, { config, secrets }: LoadedConfig, log: Logger) {
  const health = loggedHealth('kafka', log)
  const settings = clientSettings(config, secrets.kafka)
  const kafkaLog = new KafkaLog(log)
  const admin = stack.use(accepted('kafka.properties', () => new KafkaAdmin(settings.admin, kafkaLog), secrets))
  const topicLimits = stack.use(new TopicLimits(settings.admin))
  const topics = new TopicCatalog(admin)
  const produced = { properties: settings.producer, health, log, kafkaLog, publish: config.publish }
  const producer = stack.use(accepted('kafka.properties', () => RecordProducer.start(produced), secrets))

  const rangesOf = (topic: string, partitions: readonly number[]) => topics.offsets(topic, partitions)
  const pool = { properties: settings.reader, kafkaLog, rangesOf }
  const records = stack.use(new ReaderPool({ ...pool, size: config.kafka.readers }))
  const { catchUpReaders: size, readers: mostWaiting } = config.stream
  const catchUp = stack.use(new ReaderPool({ ...pool, size, mostWaiting }))
  const tail = stack.use(new Tail({ properties: settings.tail, log, kafkaLog }))
  return {
    health,
    settings,
    kafkaLog,
    topics,
    topicLimits,
    producer,
    /** For reads by cursor. */
    records,
    /** For streams that begin in the past. */
    catchUp,
    tail,
    /** What a topic of the gateway's own state is read and written with. */
    state: { admin, topics, producer, tail, log },
  }
}
