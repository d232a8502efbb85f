import type { TestContext } from 'node:test'
import kafka, { type Producer } from '@confluentinc/kafka-javascript'
import { bootstrapServers } from './room.ts'

/** Writes values in one transaction each time that it is called. */
export async function openTransactions(t: TestContext) {
  const producer: Producer = new kafka.Producer({
    'bootstrap.servers': bootstrapServers(),
    'transactional.id': `kafka-room-${crypto.randomUUID()}`,
  })
  const call = (start: (done: (error: unknown) => void) => void) =>
    new Promise<void>((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
  await call((done) => producer.connect({}, done))
  producer.setPollInBackground(true)
  t.after(() => call((done) => producer.disconnect(done)))
  await call((done) => producer.initTransactions(10_000, done))
  return async (topic: string, values: string[], end: 'commit' | 'abort') => {
    await call((done) => producer.beginTransaction(done))
    for (const value of values) producer.produce(topic, 0, Buffer.from(value))
    await call((done) => producer.flush(5_000, done))
    await call((done) =>
      end === 'commit' ? producer.commitTransaction(10_000, done) : producer.abortTransaction(10_000, done),
    )
  }
}
