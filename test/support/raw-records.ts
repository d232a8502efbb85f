import type { TestContext } from 'node:test'
import kafka, { type MessageHeader, type Producer } from '@confluentinc/kafka-javascript'
import { sharedParts } from './parts.ts'

export interface RawRecord {
  partition?: number
  key?: Buffer | null
  value: Buffer | null
  timestamp?: number
  headers?: MessageHeader[]
}

export interface RawWriter {
  /** Answers the offset of each, in order. */
  write(topic: string, ...records: RawRecord[]): Promise<number[]>
}

/** Writes records as another Kafka application would: whatever their bytes are. */
export async function openRawWriter(t: Pick<TestContext, 'after'>): Promise<RawWriter> {
  const producer: Producer = new kafka.Producer({
    'bootstrap.servers': sharedParts().kafka.bootstrap,
    'linger.ms': 0,
    dr_cb: true,
  })
  await new Promise<void>((resolve, reject) => {
    producer.connect({ timeout: 10_000 }, (error) => (error ? reject(error) : resolve()))
  })
  producer.setPollInBackground(true)
  producer.on('delivery-report', (error, { opaque, offset }) => opaque(error, offset))
  t.after(() => new Promise((resolve) => producer.disconnect(resolve)))
  const writeOne = (topic: string, { partition = 0, key = null, value, timestamp, headers }: RawRecord) =>
    new Promise<number>((resolve, reject) => {
      const settle = (error: Error | null, offset: number) => (error ? reject(error) : resolve(offset))
      producer.produce(topic, partition, value, key, timestamp ?? Date.now(), settle, headers)
    })
  return { write: (topic, ...records) => Promise.all(records.map((record) => writeOne(topic, record))) }
}
