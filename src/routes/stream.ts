import { Router } from 'express'
import { principalOf, requireAction } from '../auth/guard.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { webSocketForm } from '../streams/forms/web-socket-form.ts'
import { eventWish } from './event-wish.ts'
import { beginStream, formsByType, httpConnection, type StreamType } from './http-stream.ts'
import { negotiate } from './negotiate.ts'
import type { Operation, OperationInput } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'
import { assertMayRead, streamCredentials, streamStart } from './stream-start.ts'
import { upgradeHead } from './web-sockets/upgrade-request.ts'
import { webSockets } from './web-sockets/web-sockets.ts'

const types = Object.keys(formsByType) as StreamType[]

/** Topics as they grow. */
export function streamRouter(context: RouteContext): Router {
  const { on, authenticated, streams, cursors, config } = context
  const openWebSocket = webSockets(context)

  const readStream: Operation<'readStream'> = async ({ query, headers, req }, res) => {
    const head = upgradeHead(req)
    const principal = principalOf(req)
    const start = startOf(query, headers)
    if (start.topics.length > config.stream.topics) {
      throw invalidTopics(`has at most ${config.stream.topics} (stream.topics)`)
    }
    if (start.topics.length === 0 && !head) throw invalidTopics('is required, unless a cursor says which')
    assertMayRead(principal, start)
    const options = { ...start, ...eventWish(query), credentials: streamCredentials(principal) }
    if (head) {
      const openReader = (connection: Parameters<typeof streams.openStream>[0]['connection']) =>
        streams.openStream({ ...options, form: webSocketForm, connection })
      await openWebSocket({ req, res, head, principal, openReader })
      return
    }
    const type = negotiate(req, res, types)
    if (req.method === 'HEAD') {
      res.writeHead(200, { 'content-type': type }).end()
      return
    }
    const reader = await streams.openStream({ ...options, form: formsByType[type], connection: httpConnection(res) })
    beginStream(res, type, reader, config.stream.retryMs)
  }

  function startOf(
    { topics, cursor, from }: OperationInput<'readStream'>['query'],
    { 'Last-Event-ID': lastEventId }: OperationInput<'readStream'>['headers'],
  ) {
    return streamStart({ topics: topics?.split(','), cursor: lastEventId || cursor, from }, cursors)
  }

  const guards = [authenticated, requireAction('read', 'publish')]
  return Router(strict).get('/v1/stream', on('readStream', { guards }, readStream))
}

function invalidTopics(message: string): GatewayError {
  return new GatewayError('invalid-parameter', `topics ${message}.`, {
    members: { faults: [{ in: 'query', pointer: 'topics', message }] },
  })
}
