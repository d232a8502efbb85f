import type { IncomingMessage } from 'node:http'

const upgraded = Symbol('upgraded')
type Upgradable = IncomingMessage & { [upgraded]?: Buffer }

/** What the listener has to know of WebSockets: which requests ask for one. */
export const webSocketUpgrades = {
  // RFC 6455 §4.1. A request with a body is none: what follows its headers would be taken for frames.
  accepts({ method, httpVersion, url = '', headers }: IncomingMessage): boolean {
    return (
      method === 'GET' &&
      httpVersion === '1.1' &&
      url.split('?', 1)[0] === '/v1/stream' &&
      headers.upgrade?.toLowerCase() === 'websocket' &&
      headers['content-length'] === undefined &&
      headers['transfer-encoding'] === undefined
    )
  },

  begin(req: IncomingMessage, head: Buffer): void {
    ;(req as Upgradable)[upgraded] = head
  },
}

/** The bytes that came behind a request whose connection is to be a WebSocket; undefined for any other request. */
export const upgradeHead = (req: IncomingMessage): Buffer | undefined => (req as Upgradable)[upgraded]
