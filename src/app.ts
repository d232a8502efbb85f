import cors from 'cors'
import express, { type Express, type RequestHandler } from 'express'
import { ProtectedResource } from './auth/protected-resource.ts'
import type { Config } from './config/config.ts'
import { TopicDocuments } from './documents/topic-documents.ts'
import { TrustedProxies } from './network/client-address.ts'
import { asyncapiDocument } from './openapi/asyncapi.ts'
import type { ApiContract, OperationId } from './openapi/contract.ts'
import { compileChecks, compileValidators, documentCompilers, type OperationValidator } from './openapi/validator.ts'
import { answerOptions, notRouted } from './routes/allowed-methods.ts'
import { apiKeysRouter } from './routes/api-keys.ts'
import { auditRefusals } from './routes/audited-request.ts'
import { catalogRouter } from './routes/catalog.ts'
import { contractsRouter } from './routes/contracts.ts'
import { docsRouter } from './routes/docs.ts'
import { eventsRouter } from './routes/events.ts'
import { healthRouter } from './routes/health.ts'
import { admission } from './routes/limited.ts'
import { operationRoutes } from './routes/operation.ts'
import { problemHandler } from './routes/problem-handler.ts'
import { protectedResourceRouter } from './routes/protected-resource.ts'
import { readingRouter } from './routes/reading.ts'
import { refusalsRouter } from './routes/refusals.ts'
import { requestLog } from './routes/request-log.ts'
import type { RouteContext } from './routes/route-context.ts'
import { schemaCompatibilityRouter } from './routes/schema-compatibility.ts'
import { schemasRouter } from './routes/schemas.ts'
import { endEventSource } from './routes/spent-ticket.ts'
import { streamRouter } from './routes/stream.ts'
import { subscriptionsRouter } from './routes/subscriptions.ts'
import { ticketsRouter } from './routes/tickets.ts'
import { topicDocumentsRouter } from './routes/topic-documents.ts'
import { topicsRouter } from './routes/topics.ts'
import { commandSchemas } from './routes/web-sockets/command.ts'

export interface AppParts
  extends Omit<
    RouteContext,
    'on' | 'checkBody' | 'checkCommand' | 'openapi' | 'asyncapi' | 'documents' | 'resource' | 'scopes'
  > {
  contract: ApiContract
}

/** The Express app: what happens to every request, in order. */
export function createApp({ contract, ...parts }: AppParts): Express {
  const { log } = parts
  const compilers = documentCompilers(contract)
  const validators = compileValidators(compilers)
  const resource = new ProtectedResource(parts.config.http)
  const context: RouteContext = {
    ...parts,
    resource,
    scopes: scopesOf(contract),
    openapi: contract.text,
    asyncapi: JSON.stringify(asyncapiDocument(contract, parts.config.http)),
    documents: new TopicDocuments({ contract, http: parts.config.http }),
    on: operationRoutes(validators, admission(parts.quotas)),
    checkBody: (operation, { value, mediaType, bytes }) =>
      validatorOf(validators, operation).body(value, mediaType, bytes),
    checkCommand: compileChecks(compilers, commandSchemas),
  }

  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', false)
  app.enable('case sensitive routing').enable('strict routing')
  if (parts.config.http.trustedProxies.length > 0) app.use(forwarded(parts.config.http))
  app.use(requestLog(log, parts.metrics))
  if (parts.config.http.corsOrigins.length > 0) app.use(corsByList(parts.config.http))
  app.use(answerOptions(contract))
  app.use(eventsRouter(context))
  app.use(readingRouter(context))
  app.use(topicsRouter(context))
  app.use(topicDocumentsRouter(context))
  app.use(refusalsRouter(context))
  app.use(streamRouter(context))
  app.use(ticketsRouter(context))
  app.use(schemaCompatibilityRouter(context))
  app.use(schemasRouter(context))
  app.use(contractsRouter(context))
  app.use(apiKeysRouter(context))
  app.use(subscriptionsRouter(context))
  app.use(healthRouter(context))
  app.use(protectedResourceRouter(context))
  app.use(catalogRouter(context))
  app.use(docsRouter(context))
  app.use(notRouted(contract))
  app.use(auditRefusals(parts.audit))
  app.use(endEventSource)
  app.use(problemHandler(log, resource))
  return app
}

const scopesOf = ({ operations }: ApiContract): string[] =>
  [...new Set([...operations.values()].flatMap(({ security }) => security.flat()))].sort()

function validatorOf(validators: ReadonlyMap<OperationId, OperationValidator>, id: OperationId): OperationValidator {
  return validators.get(id) as OperationValidator
}

/** Express's own `trust proxy` takes whatever stands there for an address. */
function forwarded({ trustedProxies }: Config['http']): RequestHandler {
  const proxies = new TrustedProxies(trustedProxies)
  return (req, _res, next) => {
    proxies.look(req)
    next()
  }
}

function corsByList({ corsOrigins }: Config['http']) {
  return cors({
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'Location',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'WWW-Authenticate',
      'X-Request-Id',
      'Preference-Applied',
      'Deprecation',
      'Sunset',
      'Link',
      'Event-Cursor',
      'Event-At-End',
      'ETag',
    ],
    maxAge: 600,
  })
}
