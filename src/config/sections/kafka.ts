import { z } from 'zod'
import { count } from './values.ts'

/** Settings of librdkafka that carry the gateway's promises. Setting one is a fault of the start, whatever its value. */
export const fixedKafkaProperties: Readonly<Record<string, string>> = {
  acks: 'every event is acknowledged by all in-sync replicas',
  'request.required.acks': 'every event is acknowledged by all in-sync replicas',
  'enable.idempotence': 'retries inside the producer never write an event twice',
  partitioner: "keys go to the partitions that Java's producer and Kafka Streams choose (murmur2_random)",
  'allow.auto.create.topics': 'publishing never creates a topic',
  'isolation.level': 'readers see committed events only',
  'transactional.id': 'an event is acknowledged by itself, not by a transaction',
}

export const kafkaSchema = z.strictObject({
  properties: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).meta({ expected: 'a text, number or boolean' }))
    .default({})
    .describe(
      'Settings of librdkafka by their own names: `bootstrap.servers`, `security.protocol`, `ssl.ca.location`, …',
    ),
  readers: count.default(4).describe('Consumers that serve reads by cursor; further reads queue.'),
})
