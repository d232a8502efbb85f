import { PassThrough } from 'node:stream'
import type { RequestHandler } from 'express'
import { createApp } from '../../src/app.ts'
import { configSchema } from '../../src/config/config.ts'
import { defaultContract } from '../../src/contracts/contract.ts'
import { noAudit } from '../../src/observability/audit.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { Metrics } from '../../src/observability/metrics.ts'
import { Readiness } from '../../src/observability/readiness.ts'
import { loadApiContract } from '../../src/openapi/contract.ts'
import { CursorSigner } from '../../src/reading/cursor-signer.ts'

const notHere = async (): Promise<never> => {
  throw new Error('this app has no parts behind its routes')
}

const notHereAtOnce = (): never => {
  throw new Error('this app has no parts behind its routes')
}

/** The app without anything behind its routes, and what it logs. */
export function bareApp(authenticated: RequestHandler, authenticatedOrTicket = authenticated) {
  const logged = new PassThrough()
  const app = createApp({
    contract: loadApiContract(),
    log: createLogger({ level: 'info' }, logged),
    config: configSchema.parse({
      registry: { url: 'http://127.0.0.1:1' },
      auth: { issuer: 'http://127.0.0.1:1', audience: 'test' },
    }),
    metrics: new Metrics(),
    readiness: new Readiness([]),
    audit: noAudit,
    authenticated,
    authenticatedOrTicket,
    tokens: { verify: notHere },
    isTrusted: () => true,
    origins: { assertAllowed() {} },
    apiKeys: { list: notHere, get: notHere, create: notHere, rotate: notHere, revoke: notHere },
    schemas: {
      list: notHere,
      versions: notHere,
      version: notHere,
      byId: notHere,
      resolved: notHere,
      check: notHere,
      register: notHere,
      deleteSubject: notHere,
      deleteVersion: notHere,
      globalLevel: notHere,
      level: notHere,
      setLevel: notHere,
      unsetLevel: notHere,
    },
    tickets: {
      issue: notHereAtOnce,
    },
    quotas: {
      classes: [],
      admit() {},
      headers: () => undefined,
      take() {},
      beginRead() {},
      pace: notHereAtOnce,
      openStream: notHereAtOnce,
    },
    publisher: { publish: notHere, openStream: notHere, judge: notHere },
    subscriptions: {
      administration: { list: notHere, find: notHere, get: notHere, put: notHere, delete: notHere },
      receiving: { receive: notHere },
      settling: { settle: notHere },
      seeking: { seek: notHere },
      progressOf: notHere,
    },
    events: { read: notHere, readOne: notHere },
    topics: { list: notHere, describe: notHere },
    streams: {
      openStream: notHere,
      topicsFrom: notHere,
      giveBack() {},
      viewFor() {
        throw new Error('this app has no parts behind its routes')
      },
      renew() {},
    },
    contracts: { get: defaultContract, list: () => [] },
    cursors: new CursorSigner([]),
  })
  return { app, logLines: (): string => String(logged.read() ?? '') }
}
