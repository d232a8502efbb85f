import { type Request, Router } from 'express'
import { assertMay, principalOf, requireAction } from '../auth/guard.ts'
import type { Principal } from '../auth/principal.ts'
import { redeemTicket } from '../auth/ticket-guard.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Cursor } from '../reading/cursor.ts'
import { parseStartPosition } from '../reading/start-position.ts'
import type { StreamStart } from '../streams/live-streams.ts'
import type { StreamReader } from '../streams/stream-reader.ts'
import { eventWish } from './event-wish.ts'
import { HttpConnection } from './http-connection.ts'
import { beginStream, formsByType, type StreamType } from './http-stream.ts'
import { negotiate } from './negotiate.ts'
import type { Operation, OperationInput } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

const types = Object.keys(formsByType) as StreamType[]

/** Topics as they grow. */
export function streamRouter(context: RouteContext): Router {
  const { on, authenticatedOrTicket, streams, cursors, isTrusted, config } = context
  const { stream } = config

  const readStream: Operation<'readStream'> = async ({ query, headers, req }, res) => {
    const principal = principalOf(req)
    const start = streamStart(query, headers)
    if (start.topics.length === 0) throw invalidTopics('is required, unless a cursor says which')
    const type = negotiate(req, res, types)
    if (req.method === 'HEAD') {
      res.writeHead(200, { 'content-type': type }).end()
      return
    }
    mayRead(principal, start)
    const connection = new HttpConnection(res)
    const reader = await streams.openStream({
      ...start,
      ...eventWish(query),
      form: formsByType[type],
      connection,
      credentials: { expiresAt: principal.expiresAt, areTrusted: () => isTrusted(principal) },
    })
    await redeemOrLeave(req, reader)
    beginStream({ res, connection, type }, reader, stream.retryMs)
  }

  function streamStart(
    { topics, cursor: given, from = 'latest' }: OperationInput<'readStream'>['query'],
    { 'Last-Event-ID': lastEventId }: OperationInput<'readStream'>['headers'],
  ): StreamStart {
    const text = lastEventId || given
    const cursor: Cursor | undefined = text === undefined ? undefined : cursors.verify(text)
    const names = topics?.split(',') ?? cursor?.topics.map(({ topic }) => topic) ?? []
    if (names.length > stream.topics) throw invalidTopics(`has at most ${stream.topics} (stream.topics)`)
    return { topics: names, cursor, from: parseStartPosition(from) }
  }

  const guards = [authenticatedOrTicket, requireAction('read', 'publish')]
  return Router(strict).get('/v1/stream', on('readStream', { guards }, readStream))
}

/** A cursor grants nothing, and tells nothing: all of its topics must be allowed, also those that are not asked for. */
function mayRead(principal: Principal, { topics, cursor }: StreamStart): void {
  for (const topic of [...topics, ...(cursor?.topics ?? []).map((position) => position.topic)]) {
    assertMay(principal, ['read'], topic)
  }
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

function invalidTopics(message: string): GatewayError {
  return new GatewayError('invalid-parameter', `topics ${message}.`, {
    members: { faults: [{ in: 'query', pointer: 'topics', message }] },
  })
}
