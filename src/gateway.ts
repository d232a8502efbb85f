import { setTimeout as delay } from 'node:timers/promises'
import { createApp } from './app.ts'
import { ApiKeyAdministration } from './auth/api-keys/api-key-administration.ts'
import { ApiKeyHasher } from './auth/api-keys/api-key-hasher.ts'
import { ApiKeyStore } from './auth/api-keys/api-key-store.ts'
import { ApiKeys } from './auth/api-keys/api-keys.ts'
import { authentication } from './auth/guard.ts'
import { JwksCache } from './auth/jwks-cache.ts'
import { Origins } from './auth/origin.ts'
import { Redemptions } from './auth/redemptions.ts'
import { ticketOr } from './auth/ticket-guard.ts'
import { TicketSigner } from './auth/ticket-signer.ts'
import { Tickets } from './auth/tickets.ts'
import { TokenVerifier } from './auth/token-verifier.ts'
import { type IsTrusted, trustIn } from './auth/trust.ts'
import { longestTicketMs } from './config/config.ts'
import { ConfigError } from './config/config-error.ts'
import type { LoadedConfig } from './config/load-config.ts'
import type { ContractSource } from './contracts/contract-source.ts'
import { FileContracts } from './contracts/file-contracts.ts'
import { GatewayError } from './errors/gateway-error.ts'
import { clientSettings } from './kafka/client-settings.ts'
import { KafkaAdmin } from './kafka/kafka-admin.ts'
import { KafkaLog } from './kafka/kafka-log.ts'
import { ReaderPool } from './kafka/reader-pool.ts'
import { RecordProducer } from './kafka/record-producer.ts'
import { StateTopic } from './kafka/state-topic.ts'
import { Tail } from './kafka/tail.ts'
import { TopicCatalog, type TopicInfo } from './kafka/topic-catalog.ts'
import { TopicLimits } from './kafka/topic-limits.ts'
import { Listener } from './listener.ts'
import type { Logger } from './observability/logger.ts'
import { Metrics } from './observability/metrics.ts'
import { PartHealth, type PartName } from './observability/part-health.ts'
import { Readiness } from './observability/readiness.ts'
import { loadApiContract } from './openapi/contract.ts'
import type { PublishTarget, TargetOf } from './publishing/publish-target.ts'
import { Publisher } from './publishing/publisher.ts'
import { CursorSigner } from './reading/cursor-signer.ts'
import { EventDecoder } from './reading/event-decoder.ts'
import { EventReader } from './reading/event-reader.ts'
import { Positions } from './reading/positions.ts'
import { TopicDirectory } from './reading/topic-directory.ts'
import { ByteSink } from './schemas/byte-sink.ts'
import { RegistryClient } from './schemas/registry-client.ts'
import { SchemaCatalog, type WriterSchemaOf } from './schemas/schema-catalog.ts'
import { LiveStreams } from './streams/live-streams.ts'

const sinkBytes = 1024 * 1024

/** What is told of a stop before the other parts end. */
interface StoppedFirst {
  listener: Listener
  readiness: Readiness
  streams: LiveStreams
}

/** All parts of one replica, started in order. Disposing stops them in reverse. */
export class Gateway implements AsyncDisposable {
  readonly url: string
  readonly #readiness: Readiness
  readonly #listener: Listener
  readonly #parts: AsyncDisposableStack
  readonly #streams: LiveStreams
  readonly #stop: LoadedConfig['config']['stop']

  private constructor(
    { listener, readiness, streams }: StoppedFirst,
    parts: AsyncDisposableStack,
    { config }: LoadedConfig,
  ) {
    this.url = listener.url
    this.#listener = listener
    this.#readiness = readiness
    this.#streams = streams
    this.#parts = parts
    this.#stop = config.stop
  }

  /** Listens, and returns, without waiting for Kafka, registry or issuer. Rejects where a contract or setting is wrong. */
  static async start(loaded: LoadedConfig, log: Logger): Promise<Gateway> {
    const { config, secrets } = loaded
    await using starting = new AsyncDisposableStack()
    const health = {
      kafka: partHealth('kafka', log),
      registry: partHealth('registry', log),
      issuer: partHealth('issuer', log),
    }
    const contracts = FileContracts.load(config.contracts.directory)

    const kafka = clientSettings(config, secrets.kafka)
    const kafkaLog = new KafkaLog(log)
    const admin = starting.use(accepted('kafka.properties', () => new KafkaAdmin(kafka.admin, kafkaLog), secrets))
    const topicLimits = starting.use(new TopicLimits(kafka.admin))
    const topics = new TopicCatalog(admin)
    const { publish, limits } = config
    const producer = starting.use(
      accepted(
        'kafka.properties',
        () => RecordProducer.start({ properties: kafka.producer, health: health.kafka, log, kafkaLog, publish }),
        secrets,
      ),
    )
    const records = starting.use(
      new ReaderPool({
        properties: kafka.reader,
        size: config.kafka.readers,
        kafkaLog,
        rangesOf: (topic, partitions) => topics.offsets(topic, partitions),
      }),
    )
    const tail = starting.use(new Tail({ properties: kafka.tail, log, kafkaLog }))

    const registry = starting.use(
      accepted('registry', () => new RegistryClient(config.registry, secrets, health.registry), secrets),
    )
    const schemas = new SchemaCatalog(registry, config.registry.latestTtlMs)
    const keys = starting.use(JwksCache.open(config.auth, { health: health.issuer }))

    const tokens = new TokenVerifier(config.auth, keys)
    const openTicketLog: OpenLog = (take) =>
      starting.use(new StateTopic({ ...ticketTopic, take, admin, topics, producer, tail, log }))
    const apiKeys = apiKeysOf(loaded, log, (take) =>
      starting.use(new StateTopic({ ...apiKeyTopic, take, admin, topics, producer, tail, log })),
    )
    if (apiKeys) starting.use(apiKeys.store)
    const isTrusted = trustIn(tokens, apiKeys?.keys)
    const tickets = ticketsOf(loaded, isTrusted, openTicketLog)
    const authenticated = authentication(tokens, apiKeys?.keys)
    const cursors = new CursorSigner(secrets.cursor)
    const positions = new Positions({ topics, cursors })
    const decoder = new EventDecoder(schemas)
    const catchUp = starting.use(
      new ReaderPool({
        properties: kafka.reader,
        size: config.stream.catchUpReaders,
        kafkaLog,
        rangesOf: (topic, partitions) => topics.offsets(topic, partitions),
        mostWaiting: config.stream.readers,
      }),
    )
    const streams = starting.use(
      new LiveStreams({
        contracts,
        topics,
        positions,
        cursors,
        decoder,
        tail,
        records: catchUp,
        settings: config.stream,
        log,
      }),
    )

    const metrics = new Metrics()
    metrics.observe({
      eventsInFlight: () => producer.inFlight.events,
      bytesInFlight: () => producer.inFlight.bytes,
      readers: () => records.openConsumers,
      readsWaiting: () => tail.waiting,
      producers: () => producer.openClients,
      catchUpReaders: () => catchUp.openConsumers,
      tails: () => (tail.isRunning ? 1 : 0),
      streams: () => streams.open,
      followedTopics: () => streams.followedTopics,
    })
    const readiness = new Readiness(Object.values(health))
    const app = createApp({
      contract: loadApiContract(),
      log,
      config,
      metrics,
      readiness,
      authenticated,
      authenticatedOrTicket: ticketOr(authenticated, tickets),
      tickets,
      isTrusted,
      apiKeys: apiKeys?.administration,
      publisher: new Publisher({
        targetOf: targetOf({ contracts, topics, schemaOf: schemas.writerOf, producer }),
        producer,
        topicLimits,
        sink: new ByteSink(sinkBytes),
        meter: metrics,
        limits,
        publish,
      }),
      events: new EventReader({
        contracts,
        topics,
        records,
        tail,
        decoder,
        cursors,
        limits,
      }),
      streams,
      cursors,
      topics: new TopicDirectory({ topics, contracts, schemaOf: schemas.writerOf }),
    })
    apiKeys?.store.follow()
    const listener = starting.use(await Listener.listen(app, config.http))
    log.info({ url: listener.url }, 'Listening')
    return new Gateway({ listener, readiness, streams }, starting.move(), loaded)
  }

  /** Says so on `/readyz`, gives balancers time to see it, then ends what is under way and flushes the producer. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#readiness.stop()
    this.#listener.drain()
    const { graceMs, limitMs } = this.#stop
    await delay(graceMs)
    this.#streams.stop()
    const timer = setTimeout(() => this.#listener.cut(), Math.max(0, limitMs - graceMs) / 2)
    await this.#parts.disposeAsync()
    clearTimeout(timer)
  }
}

/** What only the part that uses a setting can judge. Its message may show the value. */
function accepted<T>(setting: string, make: () => T, { kafka }: LoadedConfig['secrets']): T {
  try {
    return make()
  } catch (error) {
    const shown = (text: string, secret: string): string => text.replaceAll(secret, '[redacted]')
    throw new ConfigError([{ setting, message: Object.values(kafka).reduce(shown, (error as Error).message) }])
  }
}

function partHealth(part: PartName, log: Logger): PartHealth {
  return new PartHealth(part, ({ state, cause }) => {
    if (state === 'down') log.warn({ part, cause }, 'A part is away')
    else log.info({ part }, 'A part is there')
  })
}

// Of tickets that could still be shown, read by replicas whose clocks differ; the broker's clock gives the times.
const clockDifferenceMs = 300_000
const ticketTopic = {
  name: '_headgate.tickets',
  config: {
    'cleanup.policy': 'delete',
    'retention.ms': String(3_600_000),
    'segment.ms': String(600_000),
    'message.timestamp.type': 'LogAppendTime',
  },
  lookBackMs: longestTicketMs + clockDifferenceMs,
}

type OpenLog = ConstructorParameters<typeof Redemptions>[0]['openLog']

function ticketsOf({ config, secrets }: LoadedConfig, isTrusted: IsTrusted, openLog: OpenLog): Tickets {
  return new Tickets({
    signer: new TicketSigner(secrets.cursor),
    redemptions: new Redemptions({ openLog, config: config.tickets }),
    origins: new Origins(config.http),
    isTrusted,
    config: config.tickets,
  })
}

const apiKeyTopic = { name: '_headgate.api-keys', config: { 'cleanup.policy': 'compact' } }

type OpenApiKeyLog = ConstructorParameters<typeof ApiKeyStore>[0]['openLog']

function apiKeysOf({ config, secrets: { apiKeyPepper } }: LoadedConfig, log: Logger, openLog: OpenApiKeyLog) {
  if (!apiKeyPepper) return undefined
  const hasher = new ApiKeyHasher(apiKeyPepper)
  const store = new ApiKeyStore({ openLog, waitMs: config.apiKeys.waitMs, log })
  const keys = new ApiKeys({ store, hasher })
  return { store, keys, administration: new ApiKeyAdministration({ store, hasher, log }) }
}

interface TargetParts {
  contracts: ContractSource
  topics: TopicCatalog
  schemaOf: WriterSchemaOf
  producer: RecordProducer
}

/** The topic is asked for first: a topic that does not exist has no schema to look for. */
function targetOf({ contracts, topics, schemaOf, producer }: TargetParts): TargetOf {
  const known = (name: string, topic: TopicInfo | undefined): PublishTarget | Promise<PublishTarget> => {
    if (!topic) throw noTopic(name)
    const contract = contracts.get(name)
    const schema = schemaOf(contract)
    if (schema instanceof Promise) return schema.then((found) => ({ contract, topic, schema: found }))
    return { contract, topic, schema }
  }
  return (name) => {
    const topic = topics.find(name)
    if (!(topic instanceof Promise)) return known(name, topic)
    topic.catch(() => {})
    // With Kafka away the answer would come when the question's time is over: say so at once.
    producer.assertAccepting(0, 0)
    return topic.then((found) => known(name, found))
  }
}

const noTopic = (name: string): GatewayError =>
  new GatewayError('topic-not-found', `There is no topic "${name}". The gateway does not create topics by publishing.`)
