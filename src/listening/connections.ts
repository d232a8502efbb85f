import type { Server, Socket } from 'node:net'
import type { Config } from '../config/config.ts'
import type { CutReason } from '../observability/metrics.ts'

/** Counts connections that the gateway ends. */
export interface ConnectionMeter {
  cut(reason: CutReason): void
}

// Enough for probes, and for telling a few thousand callers a second that there is no room.
const reserve = 256

/**
 * All connections that are open. Past `http.connections` some more are taken, only to be told so: a balancer sends
 * such a request elsewhere. Past those, connections are closed unread.
 */
export class Connections {
  readonly #open = new Set<Socket>()
  /** Those that speak HTTP: over TLS others than the above, and not before the handshake. */
  readonly #speaking = new Set<Socket>()
  readonly #extra = new WeakSet<Socket>()
  readonly #limit: number

  constructor(server: Server, { connections }: Pick<Config['http'], 'connections'>, meter: ConnectionMeter) {
    this.#limit = connections
    server.maxConnections = connections + reserve
    server.on('drop', () => meter.cut('limit'))
    server.on('connection', (socket) => keepWhileOpen(this.#open, socket))
  }

  get size(): number {
    return this.#open.size
  }

  /** Those that speak HTTP. */
  get speaking(): ReadonlySet<Socket> {
    return this.#speaking
  }

  /** To be called when HTTP begins. */
  begin(socket: Socket): void {
    keepWhileOpen(this.#speaking, socket)
    if (this.#open.size > this.#limit) this.#extra.add(socket)
  }

  /** Whether it was taken past the limit. */
  isExtra(socket: Socket): boolean {
    return this.#extra.has(socket)
  }

  /** Browsers open connections in advance, which Node does not call idle: their first request may be on its way. */
  closeUnused(): void {
    for (const socket of [...this.#open, ...this.#speaking]) if (socket.bytesRead === 0) socket.destroy()
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }
}

function keepWhileOpen(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
}
