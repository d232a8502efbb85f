import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The answers under way, by connection: several, where requests are pipelined. */
export class OpenAnswers {
  readonly #bySocket = new WeakMap<Socket, Set<ServerResponse>>()
  readonly #bodyTimeoutMs: number

  constructor(bodyTimeoutMs: number) {
    this.#bodyTimeoutMs = bodyTimeoutMs
  }

  add(res: ServerResponse): void {
    const open = this.of(res.req.socket)?.add(res)
    res.on('close', () => {
      open?.delete(res)
      if (!res.req.complete) this.#limitRest(res)
    })
  }

  /**
   * To be called with each connection before its requests. RFC 9112 §9.6: to close while the caller still sends resets the
   * connection, and may lose it the answer. Only the gateway's half is closed then, until the request is over.
   */
  follow(socket: Socket): void {
    const open = new Set<ServerResponse>()
    this.#bySocket.set(socket, open)
    const close = socket.destroySoon.bind(socket)
    socket.destroySoon = () => {
      const last = [...open].at(-1)
      if (!last || last.req.complete) close()
      else {
        last.req.on('close', close)
        socket.end()
      }
    }
  }

  /** Undefined for a connection that HTTP has not begun on. */
  of(socket: Socket): Set<ServerResponse> | undefined {
    return this.#bySocket.get(socket)
  }

  /** Node reads and drops what is left of a body that was answered early, for as long as the caller sends. */
  #limitRest({ req }: ServerResponse): void {
    const timer = setTimeout(() => req.socket.destroy(), this.#bodyTimeoutMs)
    req.on('close', () => clearTimeout(timer))
  }
}
