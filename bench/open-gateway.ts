/**
 * The gateway's own way of publishing with a guard that lets everybody pass, which the product does not have: what knowing who
 * asks costs shows beside it. Configured as the gateway is.
 */
import { readFileSync } from 'node:fs'
import type { RequestHandler } from 'express'
import { createApp } from '../src/app.ts'
import { identify } from '../src/auth/guard.ts'
import { parseScopes } from '../src/auth/scope.ts'
import { openQuotas } from '../src/composition/quotas.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { ContractFiles } from '../src/contracts/contract-files.ts'
import { LiveContracts } from '../src/contracts/live-contracts.ts'
import { clientSettings } from '../src/kafka/client-settings.ts'
import { KafkaAdmin } from '../src/kafka/kafka-admin.ts'
import { KafkaLog } from '../src/kafka/kafka-log.ts'
import { RecordProducer } from '../src/kafka/record-producer.ts'
import { Tail } from '../src/kafka/tail.ts'
import { TopicCatalog } from '../src/kafka/topic-catalog.ts'
import { TopicLimits } from '../src/kafka/topic-limits.ts'
import { Listener } from '../src/listening/listener.ts'
import { createLogger } from '../src/observability/logger.ts'
import { Metrics } from '../src/observability/metrics.ts'
import { PartHealth } from '../src/observability/part-health.ts'
import { Readiness } from '../src/observability/readiness.ts'
import { loadApiContract } from '../src/openapi/contract.ts'
import { publishTargets } from '../src/publishing/publish-targets.ts'
import { Publisher } from '../src/publishing/publisher.ts'
import { ByteSink } from '../src/schemas/byte-sink.ts'
import { RegistryClient } from '../src/schemas/registry-client.ts'
import { SchemaCatalog } from '../src/schemas/schema-catalog.ts'
import { absentParts } from '../test/support/absent-parts.ts'

const noContractsTopic = {
  isRead: true,
  topics: [],
  current: () => undefined,
  get unread(): never {
    throw new Error('There is no topic of contracts here')
  },
}
const { config, secrets } = loadConfig(process.env, (path) => readFileSync(path, 'utf8'))
const log = createLogger(config.log)
const health = new PartHealth('kafka')
const kafka = clientSettings(config, secrets.kafka)
const kafkaLog = new KafkaLog(log)
const stack = new AsyncDisposableStack()
const admin = new KafkaAdmin(kafka.admin, kafkaLog)
const topics = new TopicCatalog(admin)
const { publish, limits } = config
const producer = RecordProducer.start({ properties: kafka.producer, health, log, kafkaLog, publish })
const tail = new Tail({ properties: kafka.tail, log, kafkaLog })
const schemas = new SchemaCatalog(new RegistryClient(config.registry, secrets, new PartHealth('registry')), 30_000)
const { directory, reloadMs } = config.contracts
const files = ContractFiles.load({ directory, reloadMs, refuse: () => [], log })
const contracts = new LiveContracts({ files, store: noContractsTopic, log })
const metrics = new Metrics()
const state = { admin, topics, producer, tail, log }
const { quotas } = openQuotas(stack, { config, contracts, state, meter: metrics, log })

const everybody = {
  id: 'everybody',
  issuer: 'nobody',
  keyThumbprint: '',
  scopes: parseScopes(['publish']),
  expiresAt: Number.MAX_SAFE_INTEGER,
}
const letPass: RequestHandler = (req, _res, next) => {
  identify(req, everybody)
  next()
}

const app = createApp({
  ...absentParts,
  contracts,
  contract: loadApiContract(),
  log,
  config,
  metrics,
  readiness: new Readiness([health]),
  quotas,
  authenticated: letPass,
  authenticatedOrTicket: letPass,
  publisher: new Publisher({
    targetOf: publishTargets({ contracts, topics, schemaOf: schemas.writerOf, producer }),
    producer,
    topicLimits: new TopicLimits(kafka.admin),
    sink: new ByteSink(1024 * 1024),
    keep: async () => ({ kept: null, notKept: 'There is nowhere to keep it.' }),
    meter: metrics,
    limits,
    publish,
  }),
})
await Listener.listen({
  handler: app,
  upgrades: { accepts: () => false, begin() {} },
  certificate: undefined,
  http: config.http,
  meter: metrics,
  log,
})
