import type { KafkaConsumer, Message } from '@confluentinc/kafka-javascript'
import { type AssignedConsumer, connectClient, createGroupConsumer } from '../src/kafka/native-client.ts'
import { bareSettings } from './bare-producer.ts'

/** A bare consumer of a group, with the gateway's own client and settings; what it has committed is answered to `onCommitted`. */
export async function joinBare(
  { bootstrap, group, topic }: { bootstrap: string; group: string; topic: string },
  onCommitted: () => void = () => {},
): Promise<KafkaConsumer> {
  const properties = { ...bareSettings(bootstrap).member, 'group.id': group }
  const consumer: AssignedConsumer = createGroupConsumer(properties, {
    onQueued() {},
    onCommitted,
    onRebalance(isAssignment, partitions) {
      const positions = partitions.map(({ topic: name, partition }) => ({ topic: name, partition, offset: -1001 }))
      if (isAssignment) consumer.incrementalAssign(positions)
      else consumer.incrementalUnassign(positions)
    },
  })
  await connectClient(consumer, 10_000)
  consumer.setDefaultConsumeTimeout(5)
  consumer.subscribe([topic])
  return consumer
}

export function consume(from: KafkaConsumer, most: number): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    from.consume(most, (error, messages) => (error ? reject(error) : resolve(messages)))
  })
}
