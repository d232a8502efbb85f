import kafka, {
  type ConsumerGlobalConfig,
  type KafkaConsumer,
  type LibrdKafkaError,
  type Message,
  type Producer,
} from '@confluentinc/kafka-javascript'

/** Settings of librdkafka by their own names. */
export type ClientProperties = Readonly<Record<string, string | number | boolean>>
export type { LibrdKafkaError, Producer }

export interface TopicPosition {
  topic: string
  partition: number
  offset: number
}

/** A consumer whose partitions are ours to say; the members here are in the client, but not in its declarations. */
export interface AssignedConsumer extends KafkaConsumer {
  incrementalAssign(positions: TopicPosition[]): this
  incrementalUnassign(positions: { topic: string; partition: number }[]): this
  /** To be called while a revocation waits for its answer. */
  assignmentLost(): boolean
}

const closeLimitMs = 5_000

export const kafkaCodes = kafka.CODES.ERRORS

export function createProducer(properties: ClientProperties): Producer {
  return new kafka.Producer({ ...properties, dr_cb: true })
}

/** @param onQueued called when the consumer's queue stops being empty, so that nobody has to block a thread on it. */
export function createConsumer(properties: ClientProperties, onQueued: () => void): AssignedConsumer {
  const consumer = new kafka.KafkaConsumer({ ...properties, queue_non_empty_cb: onQueued } as ConsumerGlobalConfig)
  // Each call of the client holds one of the four threads that Node has for everything: it must not wait there.
  consumer.setDefaultConsumeTimeout(0)
  return consumer as AssignedConsumer
}

export interface GroupCallbacks {
  onQueued: () => void
  /** Answered by an incremental assign or unassign: until then no partition is fetched, and the group may wait. */
  onRebalance: (isAssignment: boolean, partitions: readonly { topic: string; partition: number }[]) => void
  /** The broker's answer to one call of `commit`, in their order; of an error it does not say which partition it is of. */
  onCommitted: (error: LibrdKafkaError | undefined, positions: readonly TopicPosition[]) => void
}

/** A consumer that joins a group. Its callbacks come while it consumes. */
export function createGroupConsumer(properties: ClientProperties, callbacks: GroupCallbacks): AssignedConsumer {
  const withCallbacks = {
    ...properties,
    rebalance_cb: ({ code }: LibrdKafkaError, partitions: TopicPosition[]) =>
      callbacks.onRebalance(code === kafkaCodes.ERR__ASSIGN_PARTITIONS, partitions),
    offset_commit_cb: callbacks.onCommitted,
  }
  return createConsumer(withCallbacks as unknown as ClientProperties, callbacks.onQueued)
}

/** From its return on nothing comes that was read before. */
export function seekConsumer(consumer: KafkaConsumer, position: TopicPosition, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    consumer.seek(position, timeoutMs, (error) => (error ? reject(error) : resolve()))
  })
}

/** Rejects after `timeoutMs` without a broker; the client has then closed itself and cannot be used again. */
export function connectClient(client: Producer | KafkaConsumer, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    client.connect({ timeout: timeoutMs, allTopics: false }, (error) => (error ? reject(error) : resolve()))
  })
}

export function closeConsumer(consumer: KafkaConsumer): Promise<void> {
  if (!consumer.isConnected()) return Promise.resolve()
  return new Promise((resolve) => consumer.disconnect(() => resolve()))
}

/** Bounded in time also without Kafka. What was not sent is dropped. */
export async function closeProducer(producer: Producer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, closeLimitMs)
  producer.disconnect(0, () => resolve())
  await promise
  clearTimeout(timer)
}

/** Everything that is ready, at most `limit` records; the ends of partitions arrive before as `partition.eof` events. */
export function consumeReady(consumer: KafkaConsumer, limit: number): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    consumer.consume(limit, (error, messages) => (error ? reject(error) : resolve(messages)))
  })
}

/** Whether an `event.error` says that no broker is connected. By its text: the client gives these events no code. */
export const isNoBroker = ({ message }: { message: string }): boolean =>
  /all broker connections are down/i.test(message)
