import { z } from 'zod'
import { parseNetwork } from '../network/address-list.ts'
import { quotaLimitsSchema } from '../quotas/quota-limits.ts'
import { governanceSchema } from './governance.ts'

const port = z.int().min(0).max(65535)
// Node fires a timer at once that is set for longer.
const ms = z.int().min(1).max(2_147_483_647)
const bytes = z.int().min(1)
const count = z.int().min(1)
const list = <T extends z.ZodType>(item: T) => z.array(item)

// A password inside a URL would be printed wherever the configuration is.
const httpUrl = z
  .string()
  .refine((text) => {
    const url = URL.parse(text)
    return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password
  })
  .meta({ expected: 'an `http` or `https` URL without user and password' })

const origin = z
  .string()
  .refine((text) => /^https?:/.test(text) && URL.parse(text)?.origin === text)
  .meta({ expected: 'an origin such as `https://app.example.com` (in lower case, no path, no `*`)' })

const network = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined)
  .meta({ expected: 'an address or a network such as `10.0.0.0/8`' })

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

const tlsSchema = z.strictObject({
  certFile: z
    .string()
    .optional()
    .describe(
      'PEM file of the certificate, followed by those that lead to its authority. With it the gateway speaks TLS alone.',
    ),
  keyFile: z.string().optional().describe("PEM file of the certificate's key; its passphrase is a secret."),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Oldest version of TLS that is spoken.'),
  reloadMs: ms.default(10_000).describe('How often the files are read again; what is new is used without a restart.'),
  expiryWarningDays: z
    .int()
    .min(0)
    .default(14)
    .describe('Days before the certificate expires from which the log warns, once a day.'),
})

const httpSchema = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on. `0.0.0.0` for all.'),
  port: port.default(8080).describe('Port to listen on; `0` takes a free one.'),
  publicUrl: httpUrl
    .optional()
    .describe(
      'The URL by which clients reach the gateway, where a proxy stands before it. It is the `resource` of OAuth metadata.',
    ),
  corsOrigins: list(origin).default([]).describe('Origins whose pages may call the gateway. `*` is not accepted.'),
  trustedProxies: list(network)
    .default([])
    .describe(
      'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; of anybody else they are ignored (docs/running.md).',
    ),
  tls: tlsSchema.prefault({}),
  connections: count
    .default(25_000)
    .describe('Most connections open at once; past it 503, and some hundreds further on they are closed unread.'),
  headersTimeoutMs: ms
    .default(10_000)
    .describe('Time for a request line and its headers to arrive, and before that for a TLS handshake.'),
  bodyTimeoutMs: ms
    .default(30_000)
    .describe('Time for an ordinary body to arrive; for NDJSON, longest time without a byte of it.'),
  answerTimeoutMs: ms
    .default(30_000)
    .describe(
      'Time in which a complete answer has to be read, and one second more for each 32 KB of it; past it the connection is cut.',
    ),
  unreadBytes: bytes
    .default(268_435_456)
    .describe('Bytes of complete answers that wait to be read, all together; past it who has taken longest is cut.'),
  keepAliveTimeoutMs: ms.default(65_000).describe('How long an idle connection is kept.'),
})

const limitsSchema = z.strictObject({
  eventBytes: bytes.default(1_048_576).describe('Largest event, as JSON sent.'),
  bodyBytes: bytes.default(8_388_608).describe('Largest request body, after decompression.'),
  batchEvents: count.default(1_000).describe('Most events in a batch.'),
  keyBytes: bytes.default(8_192).describe('Largest key.'),
  headers: count.default(64).describe('Most headers on an event.'),
  headersBytes: bytes.default(32_768).describe('Largest sum of header names and values of an event.'),
  jsonDepth: count.default(64).describe('Deepest nesting of JSON.'),
  jsonValues: count
    .default(500_000)
    .describe('Most values (members of objects and items of arrays) of the JSON of a body.'),
  readEvents: count.default(5_000).describe('Largest `limit` of a read.'),
  readBytes: bytes.default(4_194_304).describe('Bytes of records in one answer; at least one event is always given.'),
  readWaitSeconds: count.default(60).describe('Longest `wait` of a read.'),
})

const publishSchema = z.strictObject({
  deadlineMs: ms.default(10_000).describe('How long Kafka may take to confirm; `Prefer: wait=N` lowers it.'),
  stalledAfterMs: ms.default(2_000).describe('Age of the oldest event in flight from which new ones are turned away.'),
  inFlightEvents: count.default(100_000).describe('Most events in flight; past it 503.'),
  inFlightBytes: bytes.default(268_435_456).describe('Most bytes in flight; past it 503.'),
  streamEvents: count
    .default(10_000)
    .describe(
      'Most events of one NDJSON request or WebSocket that wait for their outcome; past it no more is read from it.',
    ),
  streamBytes: bytes.default(16_777_216).describe('The same in bytes.'),
  streamAnswerBytes: bytes
    .default(8_388_608)
    .describe(
      'Most bytes of an NDJSON answer that are held for a caller who does not read; past it the request is ended.',
    ),
})

const streamSchema = z.strictObject({
  readers: count.default(20_000).describe('Most streams open at once; past it 503.'),
  topics: count.default(32).describe('Most topics of one stream.'),
  heartbeatMs: ms
    .default(15_000)
    .describe(
      'Longest time in which a stream says nothing; also how often the client of a WebSocket is asked whether it is there.',
    ),
  retryMs: ms
    .default(5_000)
    .describe('Longest time that browsers are told to wait before they reconnect; a fifth of it is the shortest.'),
  maximumAgeMs: ms.default(1_800_000).describe('Age at which a stream is closed, less up to a tenth.'),
  readerBytes: bytes
    .default(1_048_576)
    .describe('Bytes held for one slow reader; past it its contract (`slowReaders`) says what happens.'),
  closingMs: ms
    .default(30_000)
    .describe('How long the last message of a stream may take to be sent; past it the connection is cut.'),
  ringBytes: bytes
    .default(1_048_576)
    .describe('Bytes of the latest records of a partition that are kept for readers to join.'),
  tailQuietMs: ms.default(30_000).describe('How long a topic is followed after its last reader.'),
  catchUpReaders: count.default(4).describe('Consumers for streams that begin in the past; further ones queue.'),
  catchUpBytesPerSecond: bytes
    .default(8_388_608)
    .describe('Bytes a second, 512 for each record and its own, that one stream is read of its history at most.'),
})

// How far back replicas read what was redeemed (state-topic.ts) allows for no longer one.
export const longestTicketMs = 300_000

const ticketsSchema = z.strictObject({
  lifetimeMs: z.int().min(1).max(longestTicketMs).default(30_000).describe('How long a ticket can be used, once.'),
  redeemMs: ms
    .default(5_000)
    .describe('How long Kafka may take to say whether a ticket is the first of its kind; past it 503.'),
})

const apiKeysSchema = z.strictObject({
  waitMs: ms
    .default(5_000)
    .describe(
      'How long Kafka may take with API keys: to give them to a replica that has just started, or to take a change.',
    ),
})

const className = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .meta({ expected: 'a name of letters, digits, `.`, `_` and `-`' })

const quotasSchema = z.strictObject({
  classes: z
    .record(className, quotaLimitsSchema)
    .default({})
    .describe('What a caller of each class may do at most; `default` is for those who have no class.'),
  principals: z
    .record(z.string(), className)
    .default({})
    .describe('The classes of principals that come with tokens, by their ids.'),
})

const auditSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether changes and refusals of access are written to the topic `_headgate.audit`.'),
  retentionDays: count
    .max(36_500)
    .default(400)
    .describe('How long the topic keeps them, where the gateway creates it; of one that is there Kafka decides.'),
  windowMs: ms
    .default(5_000)
    .describe(
      'Time in which refusals that are the same are counted in one record; also how often Kafka is tried again.',
    ),
  entries: count
    .default(1_000)
    .describe('Most records that are held until Kafka takes them, of changes and of refusals each.'),
  waitMs: ms.default(2_000).describe('How long the answer to a change waits for its record.'),
})

const kafkaSchema = z.strictObject({
  properties: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).meta({ expected: 'a text, number or boolean' }))
    .default({})
    .describe(
      'Settings of librdkafka by their own names: `bootstrap.servers`, `security.protocol`, `ssl.ca.location`, …',
    ),
  readers: count.default(4).describe('Consumers that serve reads by cursor; further reads queue.'),
})

const subscriptionsSchema = z.strictObject({
  groupProtocol: z
    .enum(['classic', 'consumer'])
    .default('classic')
    .describe(
      'How consumer groups of subscriptions share partitions. `consumer` (KIP-848) leaves the timing to the brokers, which take 45 s to notice a killed replica; `classic` takes 6 s.',
    ),
  active: count
    .default(500)
    .describe('Most subscriptions that one replica serves at once; each is a member of a consumer group. Past it 503.'),
  idleMs: ms.default(60_000).describe('How long after its last receiver a replica leaves the group of a subscription.'),
  leasedEvents: count.default(5_000).describe('Most events of one partition that are leased at once.'),
  heldEvents: count
    .default(10_000)
    .describe('Events of one partition that are held, leased or not, from which no more are fetched.'),
  heldBytes: bytes.default(16_777_216).describe('The same in bytes.'),
  waitMs: ms
    .default(5_000)
    .describe('How long Kafka may take to give the settings of subscriptions, or to take a change.'),
})

const internalSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address on which replicas call each other, for subscriptions. `0.0.0.0` for all of a private network.'),
  port: port.default(0).describe('Port for it; `0` takes a free one.'),
  advertise: z
    .string()
    .regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$/)
    .meta({ expected: '`HOST` or `HOST:PORT`' })
    .optional()
    .describe(
      'Where other replicas reach it: `HOST` or `HOST:PORT`. By default `internal.host`, or the first address of the machine where that is all of them.',
    ),
})

const registrySchema = z.strictObject({
  url: httpUrl.describe("Base URL of Confluent's API, path included."),
  username: z.string().optional().describe('User for basic authentication; the password is a secret.'),
  caFile: z.string().optional().describe('PEM file of the authorities to trust.'),
  certFile: z.string().optional().describe('PEM file of the client certificate.'),
  keyFile: z.string().optional().describe("PEM file of the client certificate's key."),
  timeoutMs: ms.default(5_000).describe('Limit on one request to the registry.'),
  latestTtlMs: ms.default(30_000).describe('How long "latest version" is trusted before it is asked again.'),
})

const claim = z.string().min(1)

const issuerSettings = {
  issuer: httpUrl.describe('The `iss` of accepted tokens, letter by letter, and where its metadata is found.'),
  audience: z.string().min(1).describe('The `aud` that accepted tokens carry.'),
  jwksUrl: httpUrl.optional().describe("Where the issuer's keys are; by default its metadata says."),
  algorithms: list(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256'])
    .describe('Signature algorithms that are accepted.'),
  idClaims: list(claim)
    .min(1)
    .default(['sub', 'client_id'])
    .describe("Claims that name the principal: the first that a token has. Dots lead into a claim's members."),
  scopeClaims: list(claim)
    .default(['scope', 'scp'])
    .describe('Claims whose words are scopes, as a text or a list; all of them count.'),
  roleClaims: list(claim)
    .default([])
    .describe('Claims whose words are roles or groups (`realm_access.roles`), which mean what `scopesOfRoles` says.'),
  scopesOfRoles: z
    .record(z.string(), list(z.string()))
    .default({})
    .describe('The scopes of each role; a role that is not named has none.'),
}

const authSchema = z.strictObject({
  ...issuerSettings,
  issuers: list(z.strictObject(issuerSettings)).default([]).describe('Further issuers beside this one.'),
  leewaySeconds: z.int().min(0).max(300).default(30).describe('Clock difference that is forgiven.'),
  jwksTtlMs: ms.default(600_000).describe('How long fetched keys are trusted before they are fetched again.'),
  jwksCooldownMs: ms.default(30_000).describe('Least time between fetches for keys that are not known.'),
})

export const configSchema = z.strictObject({
  http: httpSchema.prefault({}),
  kafka: kafkaSchema.prefault({}),
  registry: registrySchema,
  auth: authSchema,
  contracts: z
    .strictObject({ directory: z.string().optional().describe('Folder of contract files (`*.yaml`).') })
    .prefault({}),
  governance: governanceSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  publish: publishSchema.prefault({}),
  stream: streamSchema.prefault({}),
  tickets: ticketsSchema.prefault({}),
  apiKeys: apiKeysSchema.prefault({}),
  quotas: quotasSchema.prefault({}),
  subscriptions: subscriptionsSchema.prefault({}),
  internal: internalSchema.prefault({}),
  audit: auditSchema.prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('Least level logged.'),
    })
    .prefault({}),
  stop: z
    .strictObject({
      graceMs: z
        .int()
        .min(0)
        .max(2_147_483_647)
        .default(5_000)
        .describe('How long `/readyz` says 503 before connections close.'),
      limitMs: ms.default(20_000).describe('Limit on the whole stop.'),
    })
    .prefault({}),
})

/** What must never be printed. Kept apart from {@link Config}, so that a config can be. */
export const secretsSchema = z.strictObject({
  cursor: list(z.string().min(32).meta({ expected: '32 characters or more' }))
    .min(1)
    .describe('Keys that sign cursors, comma-separated, 32 characters or more each: the first signs, all verify.'),
  apiKeyPepper: list(z.string().min(32).meta({ expected: '32 characters or more' }))
    .min(1)
    .optional()
    .describe(
      'Keys that API keys are hashed with, comma-separated, 32 characters or more each: the first hashes, all judge. Without one there are no API keys.',
    ),
  tlsKeyPassphrase: z.string().optional().describe('Opens the key of `http.tls.keyFile` where it is encrypted.'),
  masking: z
    .string()
    .min(32)
    .meta({ expected: '32 characters or more' })
    .optional()
    .describe(
      'Key that pseudonyms of masked fields are made with, 32 characters or more, the same on all replicas: with another one all pseudonyms change. Needed where a contract hashes.',
    ),
  registryPassword: z.string().optional().describe('Password for basic authentication at the registry.'),
  kafka: z
    .record(z.string(), z.string())
    .default({})
    .describe('Secret settings of librdkafka by their own names: `sasl.password`, `ssl.key.password`, …'),
})

type DeepReadonly<T> = T extends (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

export type Config = DeepReadonly<z.output<typeof configSchema>>
export type Secrets = DeepReadonly<z.output<typeof secretsSchema>>
