import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { createApp } from './app.ts'
import { openAudit } from './composition/audit.ts'
import { openCertificate } from './composition/certificate.ts'
import { openContractFiles, openContracts } from './composition/contracts.ts'
import { openCredentials } from './composition/credentials.ts'
import { openKafka } from './composition/kafka.ts'
import { pseudonymsFor } from './composition/pseudonyms-for.ts'
import { openQuotas } from './composition/quotas.ts'
import { openRefusals } from './composition/refusals.ts'
import { openSchemas } from './composition/schemas.ts'
import { openSubscriptions } from './composition/subscriptions.ts'
import type { LoadedConfig } from './config/load-config.ts'
import { Listener } from './listening/listener.ts'
import type { Logger } from './observability/logger.ts'
import { Metrics } from './observability/metrics.ts'
import { Readiness } from './observability/readiness.ts'
import { loadApiContract } from './openapi/contract.ts'
import { publishTargets } from './publishing/publish-targets.ts'
import { Publisher } from './publishing/publisher.ts'
import { CursorSigner } from './reading/cursor-signer.ts'
import { EventDecoder } from './reading/event-decoder.ts'
import { EventReader } from './reading/event-reader.ts'
import { Positions } from './reading/positions.ts'
import { TopicDirectory } from './reading/topic-directory.ts'
import { webSocketUpgrades } from './routes/web-sockets/upgrade-request.ts'
import { ByteSink } from './schemas/byte-sink.ts'
import { LiveStreams } from './streams/live-streams.ts'

const sinkBytes = 1024 * 1024

/** Tells the replicas of one machine, and the runs of one replica, apart. */
const replicaName = (): string => `${hostname()}-${randomBytes(4).toString('hex')}`

/** What is told of a stop before the other parts end. */
interface StoppedFirst {
  listener: Listener
  readiness: Readiness
  streams: LiveStreams
  subscriptions: { stop(): void }
}

/** All parts of one replica, started in order. Disposing stops them in reverse. */
export class Gateway implements AsyncDisposable {
  readonly url: string
  readonly #stoppedFirst: StoppedFirst
  readonly #parts: AsyncDisposableStack
  readonly #stop: LoadedConfig['config']['stop']

  private constructor(stoppedFirst: StoppedFirst, parts: AsyncDisposableStack, { config }: LoadedConfig) {
    this.url = stoppedFirst.listener.url
    this.#stoppedFirst = stoppedFirst
    this.#parts = parts
    this.#stop = config.stop
  }

  /** Listens, and returns, without waiting for Kafka, registry or issuer. Rejects where a contract or setting is wrong. */
  static async start(loaded: LoadedConfig, log: Logger): Promise<Gateway> {
    const { config, secrets } = loaded
    const { publish, limits } = config
    await using starting = new AsyncDisposableStack()
    const metrics = new Metrics()
    const certificate = await openCertificate(starting, loaded, log)
    const files = openContractFiles(starting, loaded, log)
    const pseudonymOf = pseudonymsFor(files.list(), secrets)
    const kafka = openKafka(starting, loaded, log)
    const { state, topics, producer, records, catchUp, tail } = kafka
    const { audit, waiting } = openAudit(starting, { loaded, log, state, metrics, replica: replicaName() })
    const schemas = await openSchemas(starting, { loaded, log, audit })
    const schemaOf = schemas.catalog.writerOf
    const contracting = openContracts(starting, files, { loaded, log, state, audit })
    const { contracts } = contracting

    const cursors = new CursorSigner(secrets.cursor)
    const positions = new Positions({ topics, cursors })
    const decoder = new EventDecoder(schemas.catalog, pseudonymOf)
    const reading = { contracts, topics, tail, decoder, cursors }
    const { quotas, replicas, beginHeartbeats } = openQuotas(starting, {
      config,
      contracts,
      state,
      meter: metrics,
      log,
    })
    const admit = (topic: string, readers: number) => quotas.assertMayRead(topic, readers)
    const streams = starting.use(
      new LiveStreams({ ...reading, positions, records: catchUp, admit, settings: config.stream, log }),
    )
    const { issuers, follow, ...credentials } = openCredentials(starting, { loaded, log, state, audit })
    const subscriptions = await openSubscriptions(starting, {
      ...reading,
      loaded,
      log,
      kafka,
      positions,
      metrics,
      audit,
    })

    const targetOf = publishTargets({ contracts, topics, schemaOf, producer })
    const refusals = openRefusals({ loaded, kafka, contracts, targetOf, cursors, audit, metrics })

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
      liveReplicas: () => replicas.live,
      auditWaiting: waiting,
      contractsDrifted: contracting.drifted,
    })
    const readiness = new Readiness([
      kafka.health,
      ...schemas.health,
      issuers,
      contracting.health,
      ...(certificate ? [certificate] : []),
    ])
    const app = createApp({
      ...credentials,
      audit,
      contract: loadApiContract(),
      log,
      config,
      metrics,
      readiness,
      quotas,
      publisher: new Publisher({
        targetOf,
        keep: refusals.keep,
        producer,
        topicLimits: kafka.topicLimits,
        sink: new ByteSink(sinkBytes),
        meter: metrics,
        limits,
        publish,
      }),
      events: new EventReader({ ...reading, records, limits }),
      streams,
      subscriptions,
      refusals,
      cursors,
      contracts,
      contractAdministration: contracting.administration,
      topicExists: async (topic) => (await topics.find(topic)) !== undefined,
      topics: new TopicDirectory({ topics, contracts, schemaOf }),
      schemas: schemas.administration,
    })
    contracts.follow(({ topic, concernsReaders }) => {
      if (concernsReaders) streams.contractChanged(topic)
    })
    contracting.follow()
    follow()
    beginHeartbeats()
    const listener = starting.use(
      await Listener.listen({
        handler: app,
        upgrades: webSocketUpgrades,
        certificate,
        http: config.http,
        meter: metrics,
        log,
      }),
    )
    metrics.observeListener({
      connections: () => listener.connections,
      certificateEndsAt: certificate && (() => certificate.notAfterMs / 1000),
    })
    log.info({ url: listener.url }, 'Listening')
    return new Gateway({ listener, readiness, streams, subscriptions }, starting.move(), loaded)
  }

  /** Says so on `/readyz`, gives balancers time to see it, then ends what is under way and flushes the producer. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { listener, readiness, streams, subscriptions } = this.#stoppedFirst
    readiness.stop()
    listener.drain()
    const { graceMs, limitMs } = this.#stop
    await delay(graceMs)
    streams.stop()
    subscriptions.stop()
    const timer = setTimeout(() => listener.cut(), Math.max(0, limitMs - graceMs) / 2)
    await this.#parts.disposeAsync()
    clearTimeout(timer)
  }
}
