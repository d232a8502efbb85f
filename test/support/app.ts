import { PassThrough } from 'node:stream'
import type { RequestHandler } from 'express'
import { createApp } from '../../src/app.ts'
import { configSchema } from '../../src/config/config.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { Metrics } from '../../src/observability/metrics.ts'
import { Readiness } from '../../src/observability/readiness.ts'
import { loadApiContract } from '../../src/openapi/contract.ts'
import { absentParts } from './absent-parts.ts'

/** The app without anything behind its routes, and what it logs. */
export function bareApp(authenticated: RequestHandler, authenticatedOrTicket = authenticated) {
  const logged = new PassThrough()
  const app = createApp({
    ...absentParts,
    contract: loadApiContract(),
    log: createLogger({ level: 'info' }, logged),
    config: configSchema.parse({
      registry: { url: 'http://127.0.0.1:1' },
      auth: { issuer: 'http://127.0.0.1:1', audience: 'test' },
    }),
    metrics: new Metrics(),
    readiness: new Readiness([]),
    authenticated,
    authenticatedOrTicket,
  })
  return { app, logLines: (): string => String(logged.read() ?? '') }
}
