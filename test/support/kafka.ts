import type { TestContext } from 'node:test'
import kafka, { type IAdminClient, type LibrdKafkaError, type TopicDescription } from '@confluentinc/kafka-javascript'
import { uniqueName } from './gateway.ts'
import { sharedParts } from './parts.ts'
import { pollUntil } from './poll.ts'

type Done<T> = (error: LibrdKafkaError, result?: T) => void
const call = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result as T))))

export interface TopicOptions {
  name?: string
  partitions?: number
  config?: Record<string, string>
  bootstrap?: string
}

/** For topics of a whole suite: they go with the run's Kafka. */
export const untilTheRunEnds: Pick<TestContext, 'after'> = { after: () => {} }

/** A topic of the test's own, gone after it. */
export async function createTopic(t: Pick<TestContext, 'after'>, options: TopicOptions = {}): Promise<string> {
  const { name = uniqueName('topic'), partitions = 1, config = {}, bootstrap } = options
  const topic = { topic: name, num_partitions: partitions, replication_factor: 1, config }
  await withAdmin(async (admin) => {
    await call((done) => admin.createTopic(topic, 10_000, done))
    // The broker may learn of it a moment after the controller has answered.
    await pollUntil(async () => {
      const [found] = await call<TopicDescription[]>((done) => admin.describeTopics([name], {}, done))
      return found?.partitions.length === partitions
    })
  }, bootstrap)
  t.after(() => deleteTopic(name, bootstrap).catch(() => {}))
  return name
}

function deleteTopic(name: string, bootstrap?: string): Promise<unknown> {
  return withAdmin((admin) => call((done) => admin.deleteTopic(name, 10_000, done)), bootstrap)
}

export async function recreateTopic(name: string): Promise<void> {
  await deleteTopic(name)
  const again = { topic: name, num_partitions: 1, replication_factor: 1 }
  await withAdmin((admin) =>
    pollUntil(() =>
      call((done) => admin.createTopic(again, 10_000, done)).then(
        () => true,
        () => false,
      ),
    ),
  )
}

export function addPartitions(topic: string, total: number): Promise<unknown> {
  return withAdmin((admin) => call((done) => admin.createPartitions(topic, total, 10_000, done)))
}

/** Removes a partition's records before an offset, as retention would. */
export function deleteRecords(topic: string, partition: number, offset: number): Promise<unknown> {
  return withAdmin((admin) => call((done) => admin.deleteRecords([{ topic, partition, offset }], {}, done)))
}

async function withAdmin<T>(use: (admin: IAdminClient) => Promise<T>, bootstrap = sharedParts().kafka.bootstrap) {
  const admin = kafka.AdminClient.create({ 'bootstrap.servers': bootstrap })
  try {
    return await use(admin)
  } finally {
    admin.disconnect()
  }
}

/** Tells where a topic ends, with what transactions have written that are open or were aborted. */
export function uncommittedEnd(
  t: Pick<TestContext, 'after'>,
  topic: string,
  partitions: number,
): () => Promise<number> {
  const admin = kafka.AdminClient.create({ 'bootstrap.servers': sharedParts().kafka.bootstrap })
  t.after(() => admin.disconnect())
  const offset = new kafka.OffsetSpec(-1)
  const asked = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset }))
  const isolationLevel = kafka.IsolationLevel.READ_UNCOMMITTED
  return async () => {
    const ends = await call<{ offset: number }[]>((done) =>
      admin.listOffsets(asked, { timeout: 5_000, isolationLevel }, done),
    )
    return ends.reduce((sum, end) => sum + end.offset, 0)
  }
}
