import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Config } from '../config/config.ts'
import type { ConnectionMeter, Connections } from './connections.ts'
import type { OpenAnswers } from './open-answers.ts'

interface UnreadParts {
  connections: Pick<Connections, 'speaking'>
  answers: Pick<OpenAnswers, 'of'>
  meter: ConnectionMeter
  http: Pick<Config['http'], 'answerTimeoutMs' | 'unreadBytes'>
  now?: () => number
}

interface Unread {
  socket: Socket
  answer: ServerResponse
  /** When it was seen first. */
  since: number
  bytes: number
}

const slowestBytesPerMs = 32
const sweepMs = 1_000

/**
 * Cuts who does not read an answer that is complete. How much of it has gone is not seen before all has, so the time that it
 * may take goes by its size. Where all of them together are too much, who has taken longest is cut first. Answers that go
 * on (streams, lines) have limits of their own.
 */
export class UnreadAnswers implements Disposable {
  readonly #parts: UnreadParts
  readonly #timer: NodeJS.Timeout
  #unread: ReadonlyMap<Socket, Unread> = new Map()

  constructor(parts: UnreadParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#sweep((parts.now ?? Date.now)()), sweepMs).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #sweep(now: number): void {
    const { answerTimeoutMs, unreadBytes } = this.#parts.http
    const unread = this.#look(now)
    this.#unread = unread
    let total = 0
    for (const { bytes } of unread.values()) total += bytes
    const longestFirst = [...unread.values()].sort((one, other) => one.since - other.since)
    for (const { socket, since, bytes } of longestFirst) {
      const isLate = now - since >= answerTimeoutMs + bytes / slowestBytesPerMs
      // One that was just begun may be on its way.
      if (!isLate && (total <= unreadBytes || since === now)) continue
      total -= bytes
      this.#parts.meter.cut('answer-unread')
      // To close would leave the rest with the kernel, for as long as the other end says that it lives.
      if (socket instanceof TLSSocket) socket.destroy()
      else socket.resetAndDestroy()
    }
  }

  #look(now: number): Map<Socket, Unread> {
    const { connections, answers } = this.#parts
    const unread = new Map<Socket, Unread>()
    for (const socket of connections.speaking) {
      if (socket.writableLength === 0) continue
      const [answer] = answers.of(socket) ?? []
      if (!answer?.writableEnded) continue
      const before = this.#unread.get(socket)
      const since = before?.answer === answer ? before.since : now
      unread.set(socket, { socket, answer, since, bytes: socket.writableLength })
    }
    return unread
  }
}
