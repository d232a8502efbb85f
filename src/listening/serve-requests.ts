import { createServer, type RequestListener, type Server, type ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { GatewayError } from '../errors/gateway-error.ts'
import { peerAddress } from '../network/client-address.ts'
import type { Connections } from './connections.ts'
import type { ListenerParts } from './listener.ts'
import type { OpenAnswers } from './open-answers.ts'
import { endWithProblem, maxHeaderBytes, refuse, unparsedProblem } from './refusals.ts'

/** Not listening yet. */
export function createHttpServer({ http, upgrades, certificate }: ListenerParts, answers: OpenAnswers): Server {
  const options: ServerOptions = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: http.headersTimeoutMs,
    keepAliveTimeout: http.keepAliveTimeoutMs,
    // A limit on whole requests would cut long uploads: bodies have a timer of their own.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(http.headersTimeoutMs, 1_000),
    // Node's own answer would be no problem body.
    requireHostHeader: false,
    // Others are ignored, as RFC 9110 §7.8 allows: so is one behind a request that is still to be answered.
    shouldUpgradeCallback: (req) => upgrades.accepts(req) && answers.of(req.socket)?.size === 0,
  }
  if (!certificate) return createServer(options)
  const server = createTlsServer({ ...options, ...certificate.options, handshakeTimeout: http.headersTimeoutMs })
  certificate.follow((renewed) => server.setSecureContext(renewed))
  return server
}

interface ServingParts extends Pick<ListenerParts, 'handler' | 'upgrades' | 'certificate' | 'meter' | 'log'> {
  connections: Connections
  answers: OpenAnswers
}

/** What is asked where there is no room for more is whether the gateway lives. */
const alwaysServed = /^\/(livez|readyz|metrics)(\?|$)/

/** From a connection to the handler: every request that Node's parser takes, and an answer to what it does not take. */
export function serveRequests(server: Server, parts: ServingParts): void {
  const { handler, upgrades, certificate, connections, answers } = parts
  server.on(certificate ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.begin(socket)
    answers.follow(socket)
  })
  const onRequest: RequestListener = (req, res) => {
    answers.add(res)
    // RFC 9112 §3.2
    if (req.headers.host === undefined && req.httpVersion === '1.1') refuse(res, unparsedProblem(undefined))
    else if (connections.isExtra(req.socket) && !alwaysServed.test(req.url ?? '')) refuse(res, full())
    else handler(req, res)
  }
  server.on('request', onRequest)
  // An expectation that is not known is ignored (RFC 9110 §10.1.1 allows it).
  server.on('checkExpectation', onRequest)
  server.on('upgrade', (req, socket, head) => {
    upgrades.begin(req, head)
    onRequest(req, answerOnUpgrade(req, socket as Socket))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const open = answers.of(socket)
    noteUnparsed(error, socket, parts)
    if (open) answerUnparsed(error, socket, open)
    else socket.destroy()
  })
}

const full = (): GatewayError => new GatewayError('gateway-full', 'There are too many connections (http.connections).')

/** Node has let go of the connection. An answer, of a request that is not upgraded after all, is its last. */
function answerOnUpgrade(req: ServerResponse['req'], socket: Socket): ServerResponse {
  socket.on('error', () => socket.destroy())
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  res.on('finish', () => socket.destroySoon())
  return res
}

/**
 * What Node's parser refuses never reaches the app: the problem is written by hand, and the connection ends. It must not
 * pass for the answer to a request before it, so that one is awaited.
 */
function answerUnparsed({ code }: NodeJS.ErrnoException, socket: Socket, answers: ReadonlySet<ServerResponse>): void {
  const open = [...answers]
  const last = open.at(-1)
  if (code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else if (!last) endWithProblem(socket, unparsedProblem(code))
  else if (last.req.complete) last.on('close', () => socket.destroySoon())
  else if (open.length === 1 && !last.headersSent) endWithProblem(socket, unparsedProblem(code))
  else socket.destroy()
}

/** Connections that end without a word are the probes of balancers, and nothing to tell of. */
function noteUnparsed(error: NodeJS.ErrnoException, socket: Socket, { answers, meter, log }: ServingParts): void {
  if (error.code === 'ECONNRESET') return
  const isHandshake = answers.of(socket) === undefined && socket instanceof TLSSocket
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  meter.cut(isHandshake ? 'tls' : isLate ? 'headers-late' : 'malformed')
  const what = isHandshake ? 'A TLS handshake failed' : 'A connection brought no request'
  log.info({ client: peerAddress(socket), code: error.code }, what)
}
