import { readFileSync } from 'node:fs'
import { Admin, ConfigResourceTypes } from '@platformatic/kafka'
import { LRUCache } from 'lru-cache'
import type { ClientProperties } from './native-client.ts'

type AdminOptions = ConstructorParameters<typeof Admin>[0]

const limitMs = 2_000
const knownForMs = 60_000
const setting = 'max.message.bytes'

/** The size that a topic allows for a batch of records. It only serves a message: whatever goes wrong is `undefined`. */
export class TopicLimits implements AsyncDisposable {
  readonly #options: AdminOptions | undefined
  readonly #known = new LRUCache<string, Promise<number | undefined>>({ max: 1_000, ttl: knownForMs })
  #admin: Admin | undefined

  /** @param properties the admin client's, as librdkafka names them. */
  constructor(properties: ClientProperties) {
    this.#options = adminOptions(properties)
  }

  maxMessageBytes(topic: string): Promise<number | undefined> {
    const known = this.#known.get(topic)
    if (known) return known
    const asked = this.#ask(topic).catch(() => {
      this.#known.delete(topic)
      return undefined
    })
    this.#known.set(topic, asked)
    return asked
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin?.close().catch(() => {})
  }

  async #ask(topic: string): Promise<number | undefined> {
    if (!this.#options) return undefined
    this.#admin ??= new Admin(this.#options)
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [setting] }
    const [description] = await this.#admin.describeConfigs({ resources: [resource] })
    const value = Number(description?.configs.find(({ name }) => name === setting)?.value ?? Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }
}

/** This client's options for librdkafka's settings; undefined where one cannot be said to it. */
export function adminOptions(properties: ClientProperties): AdminOptions | undefined {
  const text = (name: string) => (properties[name] === undefined ? undefined : String(properties[name]))
  const protocol = (text('security.protocol') ?? 'plaintext').toLowerCase()
  const brokers = text('bootstrap.servers') ?? text('metadata.broker.list')
  const tls = protocol.includes('ssl') ? tlsOptions(text) : {}
  const sasl = protocol.startsWith('sasl') ? saslOptions(text) : {}
  if (!brokers || !tls || !sasl) return undefined
  return {
    clientId: 'headgate',
    bootstrapBrokers: brokers.split(',').map((broker) => broker.trim().replace(/^[a-z_]+:\/\//i, '')),
    timeout: limitMs,
    connectTimeout: limitMs,
    requestTimeout: limitMs,
    retries: 0,
    ...tls,
    ...sasl,
  }
}

type Text = (name: string) => string | undefined

function tlsOptions(text: Text): Pick<AdminOptions, 'tls'> | undefined {
  if (text('ssl.keystore.location') || text('ssl.engine.location')) return undefined
  const file = (name: string) => {
    const path = text(name)
    return path === undefined ? undefined : readFileSync(path)
  }
  try {
    const ca = text('ssl.ca.pem') ?? file('ssl.ca.location')
    const cert = text('ssl.certificate.pem') ?? file('ssl.certificate.location')
    const key = text('ssl.key.pem') ?? file('ssl.key.location')
    const passphrase = text('ssl.key.password')
    return {
      tls: {
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
        ...(passphrase && { passphrase }),
        ...(text('enable.ssl.certificate.verification') === 'false' && { rejectUnauthorized: false }),
        ...(text('ssl.endpoint.identification.algorithm') === 'none' && { checkServerIdentity: () => undefined }),
      },
    }
  } catch {
    return undefined
  }
}

function saslOptions(text: Text): Pick<AdminOptions, 'sasl'> | undefined {
  const mechanism = (text('sasl.mechanism') ?? text('sasl.mechanisms') ?? '').toUpperCase()
  const username = text('sasl.username')
  const password = text('sasl.password')
  if (!isPasswordMechanism(mechanism) || username === undefined || password === undefined) return undefined
  return { sasl: { mechanism, username, password } }
}

function isPasswordMechanism(mechanism: string): mechanism is 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' {
  return ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].includes(mechanism)
}
