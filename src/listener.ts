import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Config } from './config/config.ts'
import { GatewayError } from './errors/gateway-error.ts'
import { problemBody } from './errors/problem-body.ts'
import { problemOf } from './errors/problems.ts'

const maxHeaderBytes = 32 * 1024
const unusedMs = 1_000

/** The HTTP server. Disposing takes no new connection, and waits for the answers under way. */
export class Listener implements AsyncDisposable {
  readonly #server: Server
  readonly #unused: ReadonlySet<Socket>

  private constructor(server: Server, unused: ReadonlySet<Socket>) {
    this.#server = server
    this.#unused = unused
  }

  /** Rejects where the address cannot be had. */
  static listen(handler: RequestListener, http: Config['http']): Promise<Listener> {
    const server = createServer({
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: http.headersTimeoutMs,
      keepAliveTimeout: http.keepAliveTimeoutMs,
      // A limit on whole requests would cut long uploads: bodies have a timer of their own.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(http.headersTimeoutMs, 1_000),
      // Node's own answer would be no problem body.
      requireHostHeader: false,
    })
    const open = new OpenAnswers(http.bodyTimeoutMs)
    const unused = new Set<Socket>()
    server.on('connection', (socket) => {
      open.follow(socket)
      unused.add(socket)
      socket.on('close', () => unused.delete(socket))
    })
    const onRequest: RequestListener = (req, res) => {
      unused.delete(req.socket)
      open.add(res)
      // RFC 9112 §3.2
      if (req.headers.host === undefined && req.httpVersion === '1.1') refuse(res)
      else handler(req, res)
    }
    server.on('request', onRequest)
    // An expectation that is not known is ignored (RFC 9110 §10.1.1 allows it).
    server.on('checkExpectation', onRequest)
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerUnparsed(error, socket, open))
    const { promise, resolve, reject } = Promise.withResolvers<Listener>()
    server.once('error', reject)
    server.listen(http.port, http.host, () => {
      server.off('error', reject)
      resolve(new Listener(server, unused))
    })
    return promise
  }

  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#closeUnused(), unusedMs)
    await promise
    clearTimeout(timer)
  }

  /** Browsers open connections in advance, which Node does not call idle: their first request may be on its way. */
  #closeUnused(): void {
    for (const socket of this.#unused) if (socket.bytesRead === 0) socket.destroy()
  }

  /** From here on each answer ends its connection, so that callers find another replica. */
  drain(): void {
    this.#server.prependListener('request', (_req, res) => res.setHeader('connection', 'close'))
  }

  /** Cuts the connections that are still open. */
  cut(): void {
    this.#server.closeAllConnections()
  }
}

/** The answers under way, by connection: several, where requests are pipelined. */
class OpenAnswers {
  readonly #bySocket = new WeakMap<Socket, Set<ServerResponse>>()
  readonly #bodyTimeoutMs: number

  constructor(bodyTimeoutMs: number) {
    this.#bodyTimeoutMs = bodyTimeoutMs
  }

  add(res: ServerResponse): void {
    const open = this.of(res.req.socket).add(res)
    res.on('close', () => {
      open.delete(res)
      if (!res.req.complete) this.#limitRest(res)
    })
  }

  /**
   * To be called with each connection before its requests. RFC 9112 §9.6: to close while the caller still sends resets the
   * connection, and may lose it the answer. Only the gateway's half is closed then, until the request is over.
   */
  follow(socket: Socket): void {
    this.#bySocket.set(socket, new Set())
    const close = socket.destroySoon.bind(socket)
    socket.destroySoon = () => {
      const last = [...this.of(socket)].at(-1)
      if (!last || last.req.complete) close()
      else {
        last.req.on('close', close)
        socket.end()
      }
    }
  }

  of(socket: Socket): Set<ServerResponse> {
    return this.#bySocket.get(socket) as Set<ServerResponse>
  }

  /** Node reads and drops what is left of a body that was answered early, for as long as the caller sends. */
  #limitRest({ req }: ServerResponse): void {
    const timer = setTimeout(() => req.socket.destroy(), this.#bodyTimeoutMs)
    req.on('close', () => clearTimeout(timer))
  }
}

/**
 * What Node's parser refuses never reaches the app: the problem is written by hand, and the connection ends. It must not
 * pass for the answer to a request before it, so that one is awaited.
 */
function answerUnparsed(error: NodeJS.ErrnoException, socket: Socket, answers: OpenAnswers): void {
  const open = [...answers.of(socket)]
  const last = open.at(-1)
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else if (!last) endWithProblem(socket, error.code)
  else if (last.req.complete) last.on('close', () => socket.destroySoon())
  else if (open.length === 1 && !last.headersSent) endWithProblem(socket, error.code)
  else socket.destroy()
}

function refuse(res: ServerResponse): void {
  const { status, body } = unparsedAnswer(undefined)
  const headers = { 'content-type': 'application/problem+json', 'content-length': Buffer.byteLength(body) }
  res.writeHead(status, { ...headers, connection: 'close' }).end(body)
}

function endWithProblem(socket: Socket, code: string | undefined): void {
  const { status, body } = unparsedAnswer(code)
  socket.end(
    `HTTP/1.1 ${status} ${reasonOf(status)}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

function unparsedAnswer(code: string | undefined): { status: number; body: string } {
  const problem = unparsedProblem(code)
  return { status: problemOf(problem.code).status, body: JSON.stringify(problemBody(problem, '', '')) }
}

function unparsedProblem(code: string | undefined): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError(
      'headers-too-large',
      `Request line and headers together are limited to ${maxHeaderBytes} bytes.`,
    )
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new GatewayError('request-timeout', 'The request line and headers did not arrive in time.')
  }
  return new GatewayError('malformed-request', 'This is not an HTTP request that can be read.')
}

const reasonOf = (status: number): string =>
  ({ 408: 'Request Timeout', 431: 'Request Header Fields Too Large' })[status] ?? 'Bad Request'
