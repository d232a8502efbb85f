import { join } from 'node:path'
import { examplesOrigins } from './examples.ts'
import { startGateway } from './gateway.ts'
import { audience, issuerUrl, startIssuer } from './issuer.ts'
import { issuerSecrets } from './issuer-secrets.ts'
import { provideKafkaJars, provideRegistry } from './jars.ts'
import { provideJava } from './java.ts'
import { ensureTopic, type KafkaOptions, startKafka } from './kafka.ts'
import { issuerSecretsFile } from './local-token.ts'
import { dataDirectory, logDirectory } from './paths.ts'
import type { LocalPorts } from './ports.ts'
import { registerSchema, registryUrl, startRegistry } from './registry.ts'
import type { RunningPart, StartOptions } from './running-part.ts'
import { demoDirectory, demoSchema, demoTopic } from './seed.ts'

export interface BackingParts {
  kafka: RunningPart
  registry: RunningPart
  issuer: RunningPart
}

export interface BackingOptions {
  ports: Omit<LocalPorts, 'gateway' | 'examples'>
  proxied?: KafkaOptions['proxied']
  dataDirectory: string
  logDirectory: string
  signal?: AbortSignal
  onSpawn?: (name: string, pid: number) => void
}

/** Fetches whatever the local parts run on and is not there yet. */
export async function provideLocalParts(signal?: AbortSignal): Promise<void> {
  await provideJava(signal)
  await provideKafkaJars(signal)
  await provideRegistry(signal)
}

/**
 * Starts Kafka, the registry and the issuer side by side. They stop, in reverse order, with the stack; where one does
 * not start, the others are stopped first and its error is thrown.
 */
export async function startBackingParts(stack: AsyncDisposableStack, options: BackingOptions): Promise<BackingParts> {
  const { ports, proxied, dataDirectory: data, logDirectory: logs, onSpawn } = options
  const giveUp = new AbortController()
  const signal = options.signal ? AbortSignal.any([giveUp.signal, options.signal]) : giveUp.signal
  const common = (name: string): StartOptions & { logFile: string } => ({
    signal,
    logFile: join(logs, `${name}.log`),
    ...(onSpawn && { onSpawn: (pid: number) => onSpawn(name, pid) }),
  })
  const starts = [
    startKafka({
      ...common('kafka'),
      port: ports.kafka,
      controllerPort: ports.controller,
      ...(proxied && { proxied }),
      dataDirectory: join(data, 'kafka'),
    }),
    startRegistry({ ...common('registry'), port: ports.registry, dataDirectory: join(data, 'registry') }),
    startIssuer({ ...common('issuer'), port: ports.issuer, secretsFile: issuerSecretsFile(data) }),
  ] as const
  try {
    const [kafka, registry, issuer] = await Promise.all(starts)
    for (const part of [kafka, registry, issuer]) stack.use(part)
    return { kafka, registry, issuer }
  } catch (error) {
    giveUp.abort()
    const settled = await Promise.allSettled(starts)
    const started = settled.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
    await Promise.all(started.map((part) => part[Symbol.asyncDispose]()))
    throw error
  }
}

export const seedMarkerFile = join(dataDirectory, 'seeded')

/** The demonstration's topic and schema. Answers whether the topic is new. */
export async function prepareDemo(ports: LocalPorts): Promise<boolean> {
  const [isTopicNew] = await Promise.all([
    ensureTopic(`127.0.0.1:${ports.kafka}`, { topic: demoTopic, partitions: 3 }),
    registerSchema(registryUrl(ports.registry), { subject: `${demoTopic}-value`, schema: demoSchema() }),
  ])
  return isTopicNew
}

export function startLocalGateway(ports: LocalPorts, options: StartOptions): Promise<RunningPart> {
  return startGateway({
    ...options,
    ports,
    contractsDirectory: join(demoDirectory, 'contracts'),
    cursorSecretFile: join(dataDirectory, 'cursor-secret'),
    corsOrigins: examplesOrigins(ports.examples),
    apiKeyPepperFile: join(dataDirectory, 'api-key-pepper'),
    logFile: join(logDirectory, 'gateway.log'),
  })
}

/** What tests need to know of the started parts. */
export function describeBackingParts(ports: BackingOptions['ports'], data: string) {
  const { clientId, clientSecret } = issuerSecrets(issuerSecretsFile(data))
  return {
    kafka: { bootstrap: `127.0.0.1:${ports.kafka}` },
    registry: { url: registryUrl(ports.registry) },
    issuer: { url: issuerUrl(ports.issuer), audience, clientId, clientSecret },
  }
}
