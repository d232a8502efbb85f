import type { RequestHandler, RouterOptions } from 'express'
import type { ApiKeyAdministration } from '../auth/api-keys/api-key-administration.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { IsTrusted } from '../auth/trust.ts'
import type { Config } from '../config/config.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Readiness } from '../observability/readiness.ts'
import type { OperationId } from '../openapi/contract.ts'
import type { Publisher } from '../publishing/publisher.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { EventReader } from '../reading/event-reader.ts'
import type { TopicDirectory } from '../reading/topic-directory.ts'
import type { LiveStreams } from '../streams/live-streams.ts'
import type { JsonBody } from './json-body.ts'
import type { OperationRoute } from './operation.ts'

/** What routes are made of. */
export interface RouteContext {
  on: OperationRoute
  /** Checks a body against another operation's schema. */
  checkBody(operation: OperationId, body: JsonBody): void
  authenticated: RequestHandler
  /** The same, for operations that take a ticket in place of a token. */
  authenticatedOrTicket: RequestHandler
  tickets: Pick<Tickets, 'issue'>
  isTrusted: IsTrusted
  /** Undefined where the gateway takes no API keys. */
  apiKeys: Pick<ApiKeyAdministration, 'list' | 'get' | 'create' | 'rotate' | 'revoke'> | undefined
  publisher: Pick<Publisher, 'publish' | 'openStream' | 'judge'>
  events: Pick<EventReader, 'read' | 'readOne'>
  topics: Pick<TopicDirectory, 'list' | 'describe'>
  streams: Pick<LiveStreams, 'openStream'>
  cursors: Pick<CursorSigner, 'verify'>
  readiness: Readiness
  metrics: Metrics
  /** openapi.yaml, as it is served. */
  openapi: string
  config: Config
}

/** Without these, Express would take `/EVENTS` and `/events/` for `/events`. */
export const strict: RouterOptions = { caseSensitive: true, strict: true }
