import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * `open`: bytes pass, after `delayMs`. `held`: nothing passes, nothing is lost. `deaf`: requests pass and their answers are
 * dropped, so a connection is of no use afterwards. `closed`: connections are reset as soon as they are made.
 */
export type ProxyState = 'open' | 'held' | 'deaf' | 'closed'

/** A network between gateway and broker that can be cut and slowed. */
export class TcpProxy implements AsyncDisposable {
  delayMs = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #state: ProxyState = 'open'
  #released = Promise.withResolvers<void>()

  private constructor(targetPort: number) {
    this.#server = createServer((caller) => this.#join(caller, connect(targetPort, '127.0.0.1')))
  }

  static async listen(port: number, targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort)
    proxy.#server.listen(port, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** What a state has spoiled is cut when it is left. */
  set state(state: ProxyState) {
    if (this.#state === 'deaf' || state === 'closed') this.cut()
    if (this.#state === 'held') {
      this.#released.resolve()
      this.#released = Promise.withResolvers()
    }
    this.#state = state
  }

  /** Resets all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.state = 'closed'
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(caller: Socket, broker: Socket): void {
    this.#pass(caller, broker, () => true)
    this.#pass(broker, caller, () => this.#state !== 'deaf')
    if (this.#state === 'closed') caller.resetAndDestroy()
  }

  #pass(from: Socket, to: Socket, isPassing: () => boolean): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    let passed: Promise<unknown> = Promise.resolve()
    from.on('data', (chunk) => {
      const due = Date.now() + this.delayMs
      passed = passed.then(async () => {
        if (due > Date.now()) await delay(due - Date.now())
        if (this.#state === 'held') await this.#released.promise
        if (isPassing() && !to.destroyed) to.write(chunk)
      })
    })
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      to.resetAndDestroy()
    })
  }
}
