import { z } from 'zod'
import { auditSchema } from './sections/audit.ts'
import { apiKeysSchema, authSchema, ticketsSchema } from './sections/auth.ts'
import { contractsSchema } from './sections/contracts.ts'
import { governanceSchema } from './sections/governance.ts'
import { httpSchema } from './sections/http.ts'
import { kafkaSchema } from './sections/kafka.ts'
import { logSchema, stopSchema } from './sections/process.ts'
import { limitsSchema, publishSchema } from './sections/publishing.ts'
import { quotasSchema } from './sections/quotas.ts'
import { registrySchema } from './sections/registry.ts'
import type { secretsSchema } from './sections/secrets.ts'
import { streamSchema } from './sections/streams.ts'
import { internalSchema, subscriptionsSchema } from './sections/subscriptions.ts'

export const configSchema = z.strictObject({
  http: httpSchema.prefault({}),
  kafka: kafkaSchema.prefault({}),
  registry: registrySchema,
  auth: authSchema,
  contracts: contractsSchema.prefault({}),
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
  log: logSchema.prefault({}),
  stop: stopSchema.prefault({}),
})

type DeepReadonly<T> = T extends (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

export type Config = DeepReadonly<z.output<typeof configSchema>>
export type Secrets = DeepReadonly<z.output<typeof secretsSchema>>
