import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import { provideKafkaJars } from './jars.ts'
import { provideJava } from './java.ts'
import { runCommand } from './run-command.ts'
import { RunningPart, type StartOptions } from './running-part.ts'

export interface KafkaOptions extends StartOptions {
  port: number
  controllerPort: number
  /** A second listener, for clients that are told to come by another port: that of a proxy before it. */
  proxied?: { port: number; advertisedPort: number }
  /** A third listener, for users with passwords, who may do only what they are given. */
  guarded?: { port: number; passwords: Readonly<Record<string, string>> }
  dataDirectory: string
  logFile: string
}

// The id only has to be the same for all members of the cluster, and this one has a single member.
const clusterId = 'SGVhZGdhdGVMb2NhbEthZg'
const clientId = 'headgate-local'

/** One broker, which is its own controller. The data folder is formatted where it is new. */
export async function startKafka(options: KafkaOptions): Promise<RunningPart> {
  const [java, jars] = [await provideJava(options.signal), await provideKafkaJars(options.signal)]
  const classPath = join(jars, '*')
  const records = join(options.dataDirectory, 'records')
  const properties = join(options.dataDirectory, 'server.properties')
  mkdirSync(options.dataDirectory, { recursive: true })
  writeFileSync(properties, serverProperties(options, records))
  if (!existsSync(join(records, 'meta.properties'))) {
    const format = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId, '-c', properties]
    await runCommand(
      java,
      ['-XX:TieredStopAtLevel=1', '-cp', classPath, ...format],
      options.signal && { signal: options.signal },
    )
  }
  const bootstrap = `127.0.0.1:${options.port}`
  const logging = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true']
  return RunningPart.start(
    {
      name: 'kafka',
      file: java,
      args: ['-Xmx512m', '-XX:-UsePerfData', ...logging, '-cp', classPath, 'kafka.Kafka', properties],
      cwd: options.dataDirectory,
      logFile: options.logFile,
      isReady: () => answersMetadata(bootstrap),
      readyLimitMs: 60_000,
    },
    options,
  )
}

export interface TopicOptions {
  topic: string
  partitions: number
}

/** Answers whether the topic was created, rather than there already. */
export async function ensureTopic(bootstrap: string, { topic, partitions }: TopicOptions): Promise<boolean> {
  const admin = new Admin({ clientId, bootstrapBrokers: [bootstrap] })
  try {
    if ((await admin.listTopics({})).includes(topic)) return false
    await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
    return true
  } finally {
    await admin.close()
  }
}

async function answersMetadata(bootstrap: string): Promise<boolean> {
  const admin = new Admin({
    clientId,
    bootstrapBrokers: [bootstrap],
    retries: 0,
    connectTimeout: 1_000,
    timeout: 2_000,
  })
  try {
    await admin.listTopics({})
    return true
  } catch {
    return false
  } finally {
    await admin.close()
  }
}

function guardedSettings(passwords: Readonly<Record<string, string>>): Record<string, string> {
  const users = Object.entries(passwords).map(([user, password]) => `user_${user}="${password}"`)
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  return {
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.guarded.plain.sasl.jaas.config': `${login} ${users.join(' ')};`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  }
}

function serverProperties({ port, controllerPort, proxied, guarded }: KafkaOptions, records: string): string {
  const open = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`
  const own = guarded ? `${open},GUARDED://127.0.0.1:${guarded.port}` : open
  const listeners = proxied ? `${own},PROXIED://127.0.0.1:${proxied.port}` : own
  const advertised = proxied ? `${own},PROXIED://127.0.0.1:${proxied.advertisedPort}` : own
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners,
    'advertised.listeners': advertised,
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT,GUARDED:SASL_PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'log.dirs': records,
    'num.partitions': 3,
    'auto.create.topics.enable': false,
    // The demonstration's events are seeded once: they must outlive a week.
    'log.retention.ms': -1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 10,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // After a kill the broker is let in again only when its old session has run out: 9 s by default.
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 500,
    ...(guarded && guardedSettings(guarded.passwords)),
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
