import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../config/config.ts'
import type { ConnectionMeter, Connections } from './connections.ts'
import type { OpenAnswers } from './open-answers.ts'

interface UnreadParts {
  connections: Pick<Connections, 'speaking'>
  answers: Pick<OpenAnswers, 'of'>
  meter: ConnectionMeter
  http: Pick<Config['http'], 'answerTimeoutMs'>
  now?: () => number
}

const slowestBytesPerMs = 32
const sweepMs = 1_000

/**
 * Cuts who does not read an answer that is complete. How much of it has gone is not seen before all has, so the time that it
 * may take goes by its size. Answers that go on (streams, lines) have limits of their own.
 */
export class UnreadAnswers implements Disposable {
  readonly #parts: UnreadParts
  readonly #waiting = new WeakMap<Socket, { answer: ServerResponse; until: number }>()
  readonly #timer: NodeJS.Timeout

  constructor(parts: UnreadParts) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#sweep((parts.now ?? Date.now)()), sweepMs).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #sweep(now: number): void {
    const { connections, meter, http } = this.#parts
    for (const socket of connections.speaking) {
      const answer = this.#unreadOn(socket)
      if (!answer) continue
      const waiting = this.#waiting.get(socket)
      if (waiting?.answer !== answer) {
        const until = now + http.answerTimeoutMs + socket.writableLength / slowestBytesPerMs
        this.#waiting.set(socket, { answer, until })
      } else if (now >= waiting.until) {
        meter.cut('answer-unread')
        socket.destroy()
      }
    }
  }

  #unreadOn(socket: Socket): ServerResponse | undefined {
    if (socket.writableLength === 0) return undefined
    const [first] = this.#parts.answers.of(socket) ?? []
    return first?.writableEnded ? first : undefined
  }
}
