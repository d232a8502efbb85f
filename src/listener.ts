import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Config } from './config/config.ts'
import { GatewayError } from './errors/gateway-error.ts'
import { problemBody } from './errors/problem-body.ts'
import { problemOf } from './errors/problems.ts'

const maxHeaderBytes = 32 * 1024

/** The HTTP server. Disposing takes no new connection, and waits for the answers under way. */
export class Listener implements AsyncDisposable {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Rejects where the address cannot be had. */
  static listen(handler: RequestListener, http: Config['http']): Promise<Listener> {
    const server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: http.headersTimeoutMs,
        keepAliveTimeout: http.keepAliveTimeoutMs,
        // A limit on whole requests would cut long uploads: bodies have a timer of their own.
        requestTimeout: 0,
        connectionsCheckingInterval: Math.min(http.headersTimeoutMs, 1_000),
      },
      handler,
    )
    server.on('clientError', answerUnparsed)
    const { promise, resolve, reject } = Promise.withResolvers<Listener>()
    server.once('error', reject)
    server.listen(http.port, http.host, () => {
      server.off('error', reject)
      resolve(new Listener(server))
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
    await promise
  }

  /** Cuts the connections that are still open. */
  cut(): void {
    this.#server.closeAllConnections()
  }
}

/** What Node's parser refuses never reaches the app: the problem is written by hand, and the connection ends. */
function answerUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const problem = unparsedProblem(error.code)
  const { status } = problemOf(problem.code)
  const body = JSON.stringify(problemBody(problem, '', ''))
  socket.end(
    `HTTP/1.1 ${status} ${reasonOf(status)}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
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
