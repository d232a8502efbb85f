import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { Principal } from '../../auth/principal.ts'
import type { ProblemCode } from '../../errors/problems.ts'
import { CommandQueue } from '../../streams/command-queue.ts'
import type { StreamConnection } from '../../streams/connection.ts'
import type { StreamReader } from '../../streams/stream-reader.ts'
import type { Peer, Pulse } from './pulse.ts'
import { type CommandContext, type CommandParts, StreamCommands } from './stream-commands.ts'

export interface SessionParts {
  context: CommandContext
  pulse: Pulse
  socket: Socket
  principal: Principal
  requestId: string
  source: CommandParts['source']
  onRefused: CommandParts['onRefused']
}

const mostWaitingCommands = 64

// RFC 6455 §7.4.1
const unsupportedData = 1003
const normalClosure = 1000
const closeCodes: Partial<Record<ProblemCode, number>> = {
  'gateway-stopping': 1001,
  'token-invalid': 1008,
  internal: 1011,
}

/**
 * One WebSocket. What its stream says is written to the socket as frames that were made once for all readers; replies, pongs
 * and the close frame are written to the same socket by `ws`, which also reads all that comes.
 */
export class WebSocketSession implements StreamConnection, Peer {
  readonly #parts: SessionParts
  #webSocket: WebSocket | undefined
  #commands: StreamCommands | undefined
  #queue: CommandQueue<Buffer> | undefined
  #isEnding = false

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  /** The handshake is done. The reader is started. */
  begin(webSocket: WebSocket, reader: StreamReader): void {
    const { socket, pulse } = this.#parts
    const { heard, gone } = pulse.follow(this)
    const commands = new StreamCommands({ ...this.#parts, reader, reply: (reply) => this.#send(reply) })
    const queue = new CommandQueue<Buffer>({
      handle: (message) => this.#handle(message, commands),
      most: mostWaitingCommands,
      onFull: (isFull) => (isFull ? webSocket.pause() : webSocket.resume()),
    })
    this.#webSocket = webSocket
    this.#commands = commands
    this.#queue = queue
    webSocket.on('message', (data, isBinary) => {
      heard()
      this.#take(data, isBinary)
    })
    webSocket.on('ping', heard)
    webSocket.on('pong', heard)
    // It has closed with the right code by then.
    webSocket.on('error', () => queue.close())
    webSocket.on('close', () => {
      queue.close()
      gone()
      reader.gone()
    })
    socket.on('drain', () => reader.drained())
    reader.start()
  }

  write(bytes: Buffer): boolean {
    return this.#isOpen && this.#parts.socket.write(bytes)
  }

  writeAll(pieces: readonly Buffer[]): boolean {
    const { socket } = this.#parts
    if (!this.#isOpen) return false
    socket.cork()
    const takesMore = pieces.map((piece) => socket.write(piece)).at(-1) ?? true
    socket.uncork()
    return takesMore
  }

  /** Events that were taken come to their outcomes before. */
  end(bytes: Buffer, code: ProblemCode): void {
    this.#isEnding = true
    this.#queue?.close()
    if (!this.#commands) this.#parts.socket.destroy()
    void this.#commands?.settled().then(() => {
      if (!this.#isOpen) return
      this.#parts.socket.write(bytes)
      this.#webSocket?.close(closeCodes[code] ?? normalClosure, code)
    })
  }

  cut(): void {
    this.#parts.socket.destroy()
  }

  get isHeldUp(): boolean {
    return this.#webSocket?.isPaused === true || this.#parts.socket.writableNeedDrain
  }

  ping(): void {
    this.#webSocket?.ping()
  }

  terminate(): void {
    this.#webSocket?.terminate()
  }

  /** After a close frame nothing may be written (RFC 6455 §5.5.1). */
  get #isOpen(): boolean {
    return this.#webSocket !== undefined && this.#webSocket.readyState === this.#webSocket.OPEN
  }

  #send(reply: object): void {
    if (this.#isOpen) this.#webSocket?.send(JSON.stringify(reply))
  }

  #take(data: RawData, isBinary: boolean): void {
    if (!this.#isOpen || this.#isEnding) return
    if (isBinary) {
      this.#queue?.close()
      this.#webSocket?.close(unsupportedData, 'commands are text')
    } else this.#queue?.push(data as Buffer)
  }

  /** A client that does not read what it is told is not listened to. */
  async #handle(message: Buffer, commands: StreamCommands): Promise<void> {
    if (this.#parts.socket.writableNeedDrain) await drainedOrClosed(this.#parts.socket)
    if (this.#isOpen && !this.#isEnding) await commands.handle(message)
  }
}

function drainedOrClosed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const settle = () => {
    socket.off('drain', settle).off('close', settle)
    resolve()
  }
  socket.on('drain', settle).on('close', settle)
  return promise
}
