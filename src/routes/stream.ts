import { type Request, Router } from 'express'
import { principalOf, requireAction } from '../auth/guard.ts'
import { callerOf } from '../auth/principal.ts'
import { redeemTicket } from '../auth/ticket-guard.ts'
import { requestError } from '../errors/request-fault.ts'
import type { StreamConnection } from '../streams/connection.ts'
import type { StreamForm } from '../streams/forms/stream-form.ts'
import type { StreamReader } from '../streams/stream-reader.ts'
import { readingPermit } from './contract-permits.ts'
import { eventWish } from './event-wish.ts'
import { HttpConnection } from './http-connection.ts'
import { beginStream, formsByType, type StreamType } from './http-stream.ts'
import { holdStream } from './limited.ts'
import { negotiate } from './negotiate.ts'
import type { Operation, OperationInput } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'
import { assertMayRead, streamCredentials, streamStart } from './stream-start.ts'
import { unmaskingScopes } from './unmasking-scopes.ts'
import { upgradeHead } from './web-sockets/upgrade-request.ts'
import { webSockets } from './web-sockets/web-sockets.ts'

const types = Object.keys(formsByType) as StreamType[]

/** Topics as they grow. */
export function streamRouter(context: RouteContext): Router {
  const { on, authenticatedOrTicket, streams, cursors, contracts, quotas, isTrusted, config } = context
  const openWebSocket = webSockets(context)

  const readStream: Operation<'readStream'> = async ({ query, headers, req }, res) => {
    const head = upgradeHead(req)
    const principal = principalOf(req)
    const start = startOf(query, headers)
    if (start.topics.length > config.stream.topics) {
      throw requestError('query', 'topics', `has at most ${config.stream.topics} (stream.topics)`)
    }
    if (start.topics.length === 0 && !head)
      throw requestError('query', 'topics', 'is required, unless a cursor says which')
    assertMayRead(principal, start)
    const options = {
      ...start,
      ...eventWish(query, unmaskingScopes(principal, start.topics, contracts)),
      credentials: streamCredentials(principal, isTrusted),
      permit: readingPermit(principal),
      pace: quotas.pace(principal),
      caller: callerOf(principal),
    }
    const openReader = async (form: StreamForm, connection: StreamConnection) => {
      const reader = await streams.openStream({ ...options, form, connection })
      await redeemOrLeave(req, reader)
      return reader
    }
    if (head) {
      holdStream(quotas, req, res)
      await openWebSocket({ req, res, head, principal, openReader })
      return
    }
    const type = negotiate(req, res, types)
    if (req.method === 'HEAD') {
      res.writeHead(200, { 'content-type': type }).end()
      return
    }
    holdStream(quotas, req, res)
    const connection = new HttpConnection(res)
    const reader = await openReader(formsByType[type], connection)
    beginStream({ res, connection, type }, reader, config.stream.retryMs)
  }

  function startOf(
    { topics, cursor, from }: OperationInput<'readStream'>['query'],
    { 'Last-Event-ID': lastEventId }: OperationInput<'readStream'>['headers'],
  ) {
    return streamStart({ topics: topics?.split(','), cursor: lastEventId || cursor, from }, cursors)
  }

  const guards = [authenticatedOrTicket, requireAction('read', 'publish')]
  return Router(strict).get('/v1/stream', on('readStream', { guards }, readStream))
}

/** Last of all that can fail: a ticket is used up by it. */
async function redeemOrLeave(req: Request, reader: StreamReader): Promise<void> {
  try {
    await redeemTicket(req)
  } catch (error) {
    reader.gone()
    throw error
  }
}
