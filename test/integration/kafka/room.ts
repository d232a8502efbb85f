import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { type Config, configSchema } from '../../../src/config/config.ts'
import { type ClientSettings, clientSettings } from '../../../src/kafka/client-settings.ts'
import type { Delivery } from '../../../src/kafka/delivery-outcome.ts'
import { KafkaAdmin } from '../../../src/kafka/kafka-admin.ts'
import { KafkaLog } from '../../../src/kafka/kafka-log.ts'
import { ReaderPool } from '../../../src/kafka/reader-pool.ts'
import type { EncodedRecord } from '../../../src/kafka/record.ts'
import { RecordProducer } from '../../../src/kafka/record-producer.ts'
import { TopicCatalog } from '../../../src/kafka/topic-catalog.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { sharedParts } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'

export const log = pino({ level: 'silent' })
export const kafkaLog = new KafkaLog(log)

export const bootstrapServers = (): string => sharedParts().kafka.bootstrap

export function testConfig(bootstrap = bootstrapServers(), publish: Partial<Config['publish']> = {}): Config {
  return configSchema.parse({
    kafka: { properties: { 'bootstrap.servers': bootstrap } },
    registry: { url: 'http://127.0.0.1:1' },
    auth: { issuer: 'http://127.0.0.1:1', audience: 'test' },
    publish,
  })
}

export const settingsFor = (bootstrap = bootstrapServers()): ClientSettings => clientSettings(testConfig(bootstrap), {})

export async function startProducer(t: TestContext, config = testConfig(), health = new PartHealth('kafka')) {
  const producer = RecordProducer.start({
    publish: config.publish,
    properties: clientSettings(config, {}).producer,
    health,
    log,
    kafkaLog,
  })
  t.after(() => producer[Symbol.asyncDispose]())
  return producer
}

export async function connectedProducer(t: TestContext, config = testConfig()): Promise<RecordProducer> {
  const health = new PartHealth('kafka')
  const producer = await startProducer(t, config, health)
  await pollUntil(() => health.current.state === 'up')
  return producer
}

export function openCatalog(t: TestContext, now?: () => number): TopicCatalog {
  const admin = new KafkaAdmin(settingsFor().admin, kafkaLog)
  t.after(() => admin[Symbol.dispose]())
  return new TopicCatalog(admin, now)
}

export function openPool(t: TestContext, size = 4, idleMs = 60_000): ReaderPool {
  const catalog = openCatalog(t)
  const rangesOf = catalog.offsets.bind(catalog)
  const pool = new ReaderPool({ properties: settingsFor().reader, size, kafkaLog, rangesOf, idleMs })
  t.after(() => pool[Symbol.asyncDispose]())
  return pool
}

export const record = (fields: Partial<EncodedRecord> = {}): EncodedRecord => ({
  key: null,
  value: Buffer.from('value'),
  timestamp: Date.now(),
  headers: [],
  ...fields,
})

export const send = (producer: RecordProducer, topic: string, fields: Partial<EncodedRecord> = {}): Promise<Delivery> =>
  new Promise((resolve) => producer.send(topic, record(fields), resolve))

/** Fails where the record was not written. */
export async function write(producer: RecordProducer, topic: string, fields: Partial<EncodedRecord> = {}) {
  const delivery = await send(producer, topic, fields)
  if (delivery.status !== 'written') throw new Error(`not written: ${JSON.stringify(delivery)}`)
  return delivery
}

export const allFrom = (partitions: number, offset = 0): Map<number, number> =>
  new Map(Array.from({ length: partitions }, (_, partition) => [partition, offset]))
