import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import kafka, { type IAdminClient, type LibrdKafkaError } from '@confluentinc/kafka-javascript'
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

const call = <T>(start: (done: (error: LibrdKafkaError, result?: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result as T))))

/** A topic of the test's own, gone after it. */
export async function createTopic(
  t: TestContext,
  partitions = 1,
  config: Record<string, string> = {},
): Promise<string> {
  const topic = `kafka-room-${randomBytes(6).toString('hex')}`
  await withAdmin((admin) => createNamed(admin, topic, partitions, config))
  t.after(() => withAdmin((admin) => call((done) => admin.deleteTopic(topic, 10_000, done)).catch(() => {})))
  return topic
}

export async function recreateTopic(topic: string, partitions = 1): Promise<void> {
  await withAdmin(async (admin) => {
    await call((done) => admin.deleteTopic(topic, 10_000, done))
    await poll(() =>
      createNamed(admin, topic, partitions, {}).then(
        () => true,
        () => false,
      ),
    )
  })
}

export function deleteRecords(topic: string, partition: number, before: number): Promise<unknown> {
  return withAdmin((admin) => call((done) => admin.deleteRecords([{ topic, partition, offset: before }], {}, done)))
}

export async function withAdmin<T>(use: (admin: IAdminClient) => Promise<T>): Promise<T> {
  const admin = kafka.AdminClient.create({ 'bootstrap.servers': bootstrapServers() })
  try {
    return await use(admin)
  } finally {
    admin.disconnect()
  }
}

const createNamed = (admin: IAdminClient, topic: string, partitions: number, config: Record<string, string>) =>
  call((done) => admin.createTopic({ topic, num_partitions: partitions, replication_factor: 1, config }, 10_000, done))

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
  await poll(() => health.current.state === 'up')
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

/** Waits for a condition, 15 s at most. */
export async function poll(condition: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not so after ${limitMs} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export const allFrom = (partitions: number, offset = 0): Map<number, number> =>
  new Map(Array.from({ length: partitions }, (_, partition) => [partition, offset]))
