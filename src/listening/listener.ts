import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config/config.ts'
import type { Logger } from '../observability/logger.ts'
import { type ConnectionMeter, Connections } from './connections.ts'
import { OpenAnswers } from './open-answers.ts'
import { createHttpServer, serveRequests } from './serve-requests.ts'
import type { ServedCertificate } from './served-certificate.ts'
import { UnreadAnswers } from './unread-answers.ts'

const closeIdleMs = 250
const unusedMs = 1_000
// With Node's 511 a thousand clients that come at once, as after a restart, wait seconds for each other; Linux caps it at 4,096.
const backlog = 4_096

/** Requests whose connection may become something else than HTTP. */
export interface Upgrades {
  accepts(req: IncomingMessage): boolean
  /** Before the request is handled as any other. `head` is what came behind it. */
  begin(req: IncomingMessage, head: Buffer): void
}

export interface ListenerParts {
  handler: RequestListener
  upgrades: Upgrades
  /** Undefined: plain HTTP. */
  certificate: Pick<ServedCertificate, 'options' | 'follow'> | undefined
  http: Config['http']
  meter: ConnectionMeter
  log: Logger
}

/** The HTTP server. Disposing takes no new connection, and waits for the answers under way. */
export class Listener implements AsyncDisposable {
  readonly url: string
  readonly #server: Server
  readonly #connections: Connections
  readonly #unread: UnreadAnswers

  private constructor(server: Server, connections: Connections, unread: UnreadAnswers, scheme: 'http' | 'https') {
    const { address, family, port } = server.address() as AddressInfo
    this.url = `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    this.#server = server
    this.#connections = connections
    this.#unread = unread
  }

  /** Rejects where the address cannot be had. */
  static async listen(parts: ListenerParts): Promise<Listener> {
    const { http, certificate, meter } = parts
    const answers = new OpenAnswers(http.bodyTimeoutMs)
    const server = createHttpServer(parts, answers)
    const connections = new Connections(server, http, meter)
    serveRequests(server, { ...parts, connections, answers })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen({ port: http.port, host: http.host, backlog }, resolve)
    await promise
    server.off('error', reject)
    const unread = new UnreadAnswers({ connections, answers, meter, http })
    return new Listener(server, connections, unread, certificate ? 'https' : 'http')
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeIdleConnections()
    // What was under way when it began to drain leaves a connection that its caller would keep.
    const idle = setInterval(() => this.#server.closeIdleConnections(), closeIdleMs)
    const timer = setTimeout(() => this.#connections.closeUnused(), unusedMs)
    await promise
    clearInterval(idle)
    clearTimeout(timer)
    this.#unread[Symbol.dispose]()
  }

  /** From here on each answer ends its connection, so that callers find another replica. */
  drain(): void {
    this.#server.prependListener('request', (_req, res) => res.setHeader('connection', 'close'))
  }

  /** Cuts the connections that are still open. */
  cut(): void {
    this.#connections.cut()
  }
}
