import type { Config, Secrets } from '../config/config.ts'
import type { ClientProperties } from './native-client.ts'

export interface ClientSettings {
  producer: ClientProperties
  transaction: ClientProperties
  reader: ClientProperties
  tail: ClientProperties
  member: ClientProperties
  admin: ClientProperties
}

// librdkafka's CONFIGURATION.md: the properties marked P and C. A client warns at each that is not its own.
const producerOnly = new Set(
  `acks request.required.acks enable.idempotence enable.gapless.guarantee transactional.id transaction.timeout.ms
  queue.buffering.max.messages queue.buffering.max.kbytes queue.buffering.max.ms queue.buffering.backpressure.threshold
  linger.ms sticky.partitioning.linger.ms message.send.max.retries retries compression.codec compression.type
  compression.level batch.num.messages batch.size delivery.report.only.error request.timeout.ms message.timeout.ms
  delivery.timeout.ms queuing.strategy produce.offset.report partitioner msg_order_cmp`.split(/\s+/),
)
const consumerOnly = new Set(
  `group.id group.instance.id group.protocol group.protocol.type group.remote.assignor partition.assignment.strategy
  session.timeout.ms heartbeat.interval.ms coordinator.query.interval.ms max.poll.interval.ms enable.auto.commit
  auto.commit.enable auto.commit.interval.ms enable.auto.offset.store offset.store.method offset.store.path
  offset.store.sync.interval.ms queued.min.messages queued.max.messages.kbytes fetch.wait.max.ms fetch.queue.backoff.ms
  fetch.message.max.bytes max.partition.fetch.bytes fetch.max.bytes fetch.min.bytes fetch.error.backoff.ms isolation.level
  enable.partition.eof check.crcs auto.offset.reset consume.callback.max.messages max.poll.records
  share.acknowledgement.mode`.split(/\s+/),
)

// While one is open nobody reads what is behind it: where its replica is gone, the broker ends it after this time.
const transactionMs = 15_000
const leastMessageTimeoutMs = 120_000
// Only the timeout ends retrying: the outcome that is read from an error code depends on it (delivery-outcome.ts).
const mostRetries = 2_147_483_647
/** An answer that comes sooner is to a first attempt, and proves what it says: longer than brokers take to refuse a batch. */
export const retryBackoffMs = 1_000
const replacedAliases = new Set(['retries', 'delivery.timeout.ms', 'request.required.acks'])

/** A replica has a member in many groups, each with partitions of its own: what would name or bind one of them is not for all. */
const membership = new Set(['group.instance.id', 'group.protocol', 'partition.assignment.strategy'])
const ofClassicOnly = new Set(['session.timeout.ms', 'heartbeat.interval.ms', 'group.protocol.type'])

/** What each kind of client is given: our defaults, then the operator's own settings, then what may not differ. */
export function clientSettings(
  config: Pick<Config, 'kafka' | 'publish'> & { subscriptions: Pick<Config['subscriptions'], 'groupProtocol'> },
  secrets: Secrets['kafka'],
): ClientSettings {
  const given: ClientProperties = { ...config.kafka.properties, ...secrets }
  const base = { 'client.id': 'headgate', 'reconnect.backoff.max.ms': 2_000 }
  const isClassic = config.subscriptions.groupProtocol === 'classic'
  const consumer = {
    ...base,
    ...without(given, producerOnly),
    'allow.auto.create.topics': false,
    'isolation.level': 'read_committed',
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
  }

  const producer = {
    'linger.ms': 1,
    'compression.codec': 'lz4',
    'message.max.bytes': 8_388_608,
    'topic.metadata.propagation.max.ms': 5_000,
    ...base,
    ...without(without(given, consumerOnly), replacedAliases),
    acks: 'all',
    'enable.idempotence': true,
    partitioner: 'murmur2_random',
    'allow.auto.create.topics': false,
    'message.send.max.retries': mostRetries,
    'retry.backoff.ms': retryBackoffMs,
    'retry.backoff.max.ms': retryBackoffMs,
    'reconnect.backoff.ms': 100,
    'message.timeout.ms': messageTimeoutMs(given),
    'queue.buffering.max.messages': config.publish.inFlightEvents,
    'queue.buffering.max.kbytes': Math.ceil(config.publish.inFlightBytes / 1024),
  }

  return {
    producer: { ...producer, 'statistics.interval.ms': 1_000 },
    transaction: {
      ...producer,
      'message.timeout.ms': transactionMs,
      'transaction.timeout.ms': transactionMs,
      // What is tried again is told apart by the transaction, and not by how long it took.
      'retry.backoff.ms': 100,
    },
    reader: {
      'fetch.wait.max.ms': 2,
      'fetch.queue.backoff.ms': 1,
      'queued.min.messages': 1_000,
      'queued.max.messages.kbytes': 1_024,
      'fetch.message.max.bytes': 131_072,
      ...consumer,
      'enable.partition.eof': true,
      'auto.offset.reset': 'error',
    },
    tail: {
      'fetch.wait.max.ms': 50,
      'fetch.queue.backoff.ms': 10,
      'queued.max.messages.kbytes': 1_024,
      'fetch.message.max.bytes': 131_072,
      ...consumer,
      'enable.partition.eof': true,
      'auto.offset.reset': 'error',
    },
    member: {
      ...(isClassic && { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 1_000 }),
      'fetch.wait.max.ms': 50,
      'fetch.queue.backoff.ms': 10,
      // How soon partitions that are added are noticed.
      'topic.metadata.refresh.interval.ms': 30_000,
      'queued.max.messages.kbytes': 4_096,
      // What is on its way of a partition that is paused is fetched again later.
      'fetch.message.max.bytes': 65_536,
      ...without(consumer, isClassic ? membership : new Set([...membership, ...ofClassicOnly])),
      ...(isClassic ? { 'partition.assignment.strategy': 'cooperative-sticky' } : { 'group.protocol': 'consumer' }),
      'enable.partition.eof': true,
      // What retention has taken is skipped.
      'auto.offset.reset': 'earliest',
    },
    admin: { ...base, ...without(without(given, producerOnly), consumerOnly) },
  }
}

function without(properties: ClientProperties, names: ReadonlySet<string>): ClientProperties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.has(name)))
}

/** Never shorter than the gateway's own: a short one reports as failed what was written (docs/adr/0003). */
function messageTimeoutMs(given: ClientProperties): number {
  const asked = Number(given['message.timeout.ms'] ?? given['delivery.timeout.ms'] ?? 0)
  return Number.isFinite(asked) ? Math.max(asked, leastMessageTimeoutMs) : leastMessageTimeoutMs
}
