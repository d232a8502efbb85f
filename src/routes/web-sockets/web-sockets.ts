import type { Request, Response } from 'express'
import type { WebSocket } from 'ws'
import type { Principal } from '../../auth/principal.ts'
import type { StreamConnection } from '../../streams/connection.ts'
import type { StreamForm } from '../../streams/forms/stream-form.ts'
import { webSocketForm } from '../../streams/forms/web-socket-form.ts'
import type { StreamReader } from '../../streams/stream-reader.ts'
import { auditRefusal } from '../audited-request.ts'
import { sourceOf } from '../event-origin.ts'
import type { RouteContext } from '../route-context.ts'
import { webSocketHandshake } from './handshake.ts'
import { Pulse } from './pulse.ts'
import { WebSocketSession } from './web-socket-session.ts'

export interface WebSocketRequest {
  req: Request
  res: Response
  head: Buffer
  principal: Principal
  openReader: (form: StreamForm, connection: StreamConnection) => Promise<StreamReader>
}

/** Whatever is wrong with a request for a WebSocket is thrown, and answered as of any request, before the handshake. */
export function webSockets(context: RouteContext): (request: WebSocketRequest) => Promise<void> {
  const shake = webSocketHandshake(context.config)
  const pulse = new Pulse(context.config.stream.heartbeatMs)

  return async ({ req, res, head, principal, openReader }) => {
    context.origins.assertAllowed(req.headers)
    const { requestId } = res.locals
    const onRefused = (error: unknown) => auditRefusal(context.audit, error, req, res)
    const source = () => sourceOf(req, res, 'websocket')
    const session = new WebSocketSession({
      context,
      pulse,
      socket: req.socket,
      principal,
      requestId,
      source,
      onRefused,
    })
    const reader = await openReader(webSocketForm, session)
    const webSocket = opened(() => shake(req, res, head), reader)
    if (webSocket) session.begin(webSocket, reader)
  }
}

function opened(shake: () => WebSocket | undefined, reader: StreamReader): WebSocket | undefined {
  let webSocket: WebSocket | undefined
  try {
    webSocket = shake()
    return webSocket
  } finally {
    if (!webSocket) reader.gone()
  }
}
