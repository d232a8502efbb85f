import type { Request, Response } from 'express'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Config } from '../../config/config.ts'
import { GatewayError } from '../../errors/gateway-error.ts'

/** Makes the connection of a request a WebSocket. Undefined: it was closed meanwhile. Throws `malformed-request`. */
export type Handshake = (req: Request, res: Response, head: Buffer) => WebSocket | undefined

// Beside an event with its key and headers a command holds names, a cursor or a token.
const commandBytes = 64 * 1024

export const mostMessageBytes = ({ eventBytes, keyBytes, headersBytes }: Config['limits']): number =>
  eventBytes + keyBytes + headersBytes + commandBytes

export function webSocketHandshake({ limits, stream }: Pick<Config, 'limits' | 'stream'>): Handshake {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: mostMessageBytes(limits),
    closeTimeout: stream.closingMs,
    // There are no subprotocols: to take one of those that are offered would promise to speak it.
    handleProtocols: () => false as const,
  }
  const server = new WebSocketServer(options)
  server.on('wsClientError', ({ message }) => {
    throw new GatewayError('malformed-request', `This is not a WebSocket handshake: ${message}.`, {
      headers: { 'sec-websocket-version': '13, 8' },
    })
  })
  server.on('headers', (headers, { res }: Partial<Request>) => {
    headers.push(`X-Request-Id: ${res?.locals.requestId}`)
  })
  return (req, res, head) => {
    let opened: WebSocket | undefined
    server.handleUpgrade(req, req.socket, head, (webSocket) => {
      opened = webSocket
    })
    if (opened) res.statusCode = 101
    return opened
  }
}
