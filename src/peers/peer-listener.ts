import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { problemOf } from '../errors/problems.ts'
import type { JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import type { Logger } from '../observability/logger.ts'
import { Admission } from './admission.ts'
import { advertisedAddress } from './advertised-address.ts'
import { carriedProblem } from './carried-problem.ts'
import type { Peer } from './peer-names.ts'
import { hashOf, type PeerSigner, type RequestClaims } from './peer-signer.ts'

/** The signal aborts when the one who asked has gone. What it answers becomes JSON. */
export type PeerHandler = (body: JsonValue, signal: AbortSignal) => Promise<unknown>

/** By path. */
export type PeerRoutes = Readonly<Record<string, PeerHandler>>

export interface PeerListenerParts {
  settings: Config['internal']
  signer: PeerSigner
  log: Logger
  now?: () => number
}

const mostBodyBytes = 4 * 1024 * 1024
const mostConnections = 8_192
const jsonDepth = 1_000
const headersTimeoutMs = 5_000
const requestTimeoutMs = 10_000
const keepAliveMs = 65_000
const closeLimitMs = 3_000

/**
 * Takes calls of other replicas. Whoever has not signed his request by the shared secret, for this instance and just now,
 * has his connection closed before a byte of his body is read, and is told nothing.
 */
export class PeerListener implements AsyncDisposable {
  /** What others have to know to call this replica. */
  readonly self: Peer
  readonly #server: Server
  readonly #parts: PeerListenerParts
  readonly #admission: Admission
  readonly #calls = new Set<AbortController>()
  #routes: PeerRoutes = {}

  private constructor(server: Server, parts: PeerListenerParts) {
    const { port } = server.address() as AddressInfo
    const address = advertisedAddress(parts.settings, port, networkInterfaces())
    this.self = { address, instance: randomBytes(12).toString('base64url') }
    this.#server = server
    this.#parts = parts
    this.#admission = new Admission(this.self.instance, parts.now)
    const take = (req: IncomingMessage, res: ServerResponse) => void this.#take(req, res)
    server.on('request', take)
    server.on('checkContinue', take)
    server.on('checkExpectation', take)
  }

  /** Rejects where the address cannot be had. */
  static async listen(parts: PeerListenerParts): Promise<PeerListener> {
    const server = createServer({
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    })
    server.maxConnections = mostConnections
    server.on('clientError', (_error, socket) => socket.destroy())
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen(parts.settings.port, parts.settings.host, resolve)
    await promise
    server.off('error', reject)
    return new PeerListener(server, parts)
  }

  /** From now on these paths are answered, and no others. */
  serve(routes: PeerRoutes): void {
    this.#routes = routes
  }

  /** Takes nothing more; what is under way has a while to be answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => {
      for (const call of this.#calls) call.abort()
      this.#server.closeAllConnections()
    }, closeLimitMs)
    await promise
    clearTimeout(timer)
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { socket } = req
    const claims = this.#admitted(req)
    const body = claims && (await bodyOf(req))
    if (!claims || !body || hashOf(body) !== claims.body) {
      socket.destroy()
      return
    }
    const call = new AbortController()
    this.#calls.add(call)
    res.on('close', () => call.abort())
    const { status, text } = await this.#answer(claims, body, call.signal)
    this.#calls.delete(call)
    if (res.destroyed) return
    const bytes = Buffer.from(text)
    const headers = {
      'content-type': 'application/json',
      'content-length': bytes.length,
      // When it stops, nobody keeps it from ending.
      ...(!this.#server.listening && { connection: 'close' }),
      'headgate-answer': this.#parts.signer.signAnswer(claims.nonce, status, bytes),
    }
    res.writeHead(status, headers).end(bytes)
  }

  #admitted(req: IncomingMessage): RequestClaims | undefined {
    const [, text = ''] = /^Headgate (\S+)$/.exec(req.headers.authorization ?? '') ?? []
    const claims = this.#parts.signer.verifyRequest(text)
    if (!claims || req.method !== 'POST' || req.url !== claims.path) return undefined
    const reason = this.#admission.refusalOf(claims)
    if (reason === undefined) return claims
    this.#parts.log.warn({ peer: req.socket.remoteAddress, reason }, 'A request of another replica was refused')
    return undefined
  }

  async #answer({ path }: RequestClaims, body: Buffer, signal: AbortSignal): Promise<{ status: number; text: string }> {
    try {
      const handler = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined
      // During an update replicas may differ in what they know; at a start they know nothing yet.
      if (!handler) throw new GatewayError('replica-unavailable', 'Another replica is not able to answer this (yet).')
      return { status: 200, text: JSON.stringify((await handler(parseJson(body, jsonDepth), signal)) ?? null) }
    } catch (error) {
      if (!(error instanceof GatewayError) && !signal.aborted) {
        this.#parts.log.error({ err: error, path }, 'A request of another replica failed')
      }
      const problem = error instanceof GatewayError ? error : new GatewayError('internal', 'Another replica failed.')
      return { status: problemOf(problem.code).status, text: JSON.stringify(carriedProblem(problem)) }
    }
  }
}

/** Undefined where it is cut or too large. */
async function bodyOf(req: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > mostBodyBytes) return undefined
      chunks.push(chunk)
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}
