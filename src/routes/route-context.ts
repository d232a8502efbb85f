import type { RequestHandler, RouterOptions } from 'express'
import type { ApiKeyAdministration } from '../auth/api-keys/api-key-administration.ts'
import type { Origins } from '../auth/origin.ts'
import type { ProtectedResource } from '../auth/protected-resource.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { TokenVerifier } from '../auth/token-verifier.ts'
import type { IsTrusted } from '../auth/trust.ts'
import type { Config } from '../config/config.ts'
import type { ContractAdministration } from '../contracts/contract-administration.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import type { TopicDocuments } from '../documents/topic-documents.ts'
import type { Audit } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Readiness } from '../observability/readiness.ts'
import type { OperationId } from '../openapi/contract.ts'
import type { SchemaCheck } from '../openapi/validator.ts'
import type { Publisher } from '../publishing/publisher.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { EventReader } from '../reading/event-reader.ts'
import type { TopicDirectory } from '../reading/topic-directory.ts'
import type { RefusalAdministration } from '../refusals/refusal-administration.ts'
import type { RefusalCursors } from '../refusals/refusal-cursors.ts'
import type { SchemaAdministration } from '../schemas/schema-administration.ts'
import type { LiveStreams } from '../streams/live-streams.ts'
import type { Progress } from '../subscriptions/progress.ts'
import type { Receiving } from '../subscriptions/receiving.ts'
import type { Redriving } from '../subscriptions/redriving/redriving.ts'
import type { Seeking } from '../subscriptions/seeking.ts'
import type { Settling } from '../subscriptions/settling.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import type { SubscriptionAdministration } from '../subscriptions/subscription-administration.ts'
import type { JsonBody } from './json-body.ts'
import type { OperationRoute } from './operation.ts'
import type { CommandSchema } from './web-sockets/command.ts'

/** What routes are made of. */
export interface RouteContext {
  on: OperationRoute
  /** Checks a body against another operation's schema. */
  checkBody(operation: OperationId, body: Omit<JsonBody, 'source'>): void
  checkCommand: SchemaCheck<CommandSchema>
  authenticated: RequestHandler
  /** The same, for operations that take a ticket in place of a token. */
  authenticatedOrTicket: RequestHandler
  tickets: Pick<Tickets, 'issue'>
  tokens: Pick<TokenVerifier, 'verify'>
  isTrusted: IsTrusted
  origins: Pick<Origins, 'assertAllowed'>
  /** Undefined where the gateway takes no API keys. */
  apiKeys: Pick<ApiKeyAdministration, 'list' | 'get' | 'create' | 'rotate' | 'revoke'> | undefined
  quotas: Pick<Quotas, 'classes' | 'admit' | 'headers' | 'take' | 'beginRead' | 'pace' | 'openStream'>
  publisher: Pick<Publisher, 'publish' | 'openStream' | 'judge'>
  events: Pick<EventReader, 'read' | 'readOne'>
  topics: Pick<TopicDirectory, 'list' | 'describe' | 'bound'>
  documents: Pick<TopicDocuments, 'of' | 'entryOf'>
  schemas: Pick<
    SchemaAdministration,
    | 'list'
    | 'versions'
    | 'version'
    | 'byId'
    | 'resolved'
    | 'check'
    | 'register'
    | 'deleteSubject'
    | 'deleteVersion'
    | 'globalLevel'
    | 'level'
    | 'setLevel'
    | 'unsetLevel'
  >
  contracts: ContractSource
  contractAdministration: Pick<
    ContractAdministration,
    'list' | 'get' | 'history' | 'revision' | 'put' | 'patch' | 'delete'
  >
  topicExists: (topic: string) => Promise<boolean>
  subscriptions: {
    administration: Pick<SubscriptionAdministration, 'list' | 'find' | 'get' | 'put' | 'delete'>
    receiving: Pick<Receiving, 'receive'>
    settling: Pick<Settling, 'settle'>
    seeking: Pick<Seeking, 'seek'>
    redriving: Pick<Redriving, 'redrive'>
    progressOf: (subscription: Subscription) => Promise<Progress>
  }
  refusals: {
    administration: Pick<RefusalAdministration, 'list' | 'get' | 'replayOne' | 'replayMany' | 'discard'>
    cursors: Pick<RefusalCursors, 'sign' | 'verify'>
  }
  streams: Pick<LiveStreams, 'openStream' | 'topicsFrom' | 'giveBack' | 'viewFor' | 'renew'>
  cursors: Pick<CursorSigner, 'verify'>
  resource: ProtectedResource
  /** The actions that any operation asks for. */
  scopes: readonly string[]
  audit: Audit
  readiness: Readiness
  metrics: Metrics
  /** openapi.yaml, as it is served. */
  openapi: string
  /** Its streams as AsyncAPI, as it is served. */
  asyncapi: string
  config: Config
  log: Logger
}

/** Without these, Express would take `/EVENTS` and `/events/` for `/events`. */
export const strict: RouterOptions = { caseSensitive: true, strict: true }
