import type { Socket } from 'node:net'
import type { Response } from 'express'
import type { StreamConnection } from '../streams/connection.ts'

/**
 * The connection of an answer that has begun. Messages that are shared by many readers are put into a chunk (RFC 9112 §7.1) once, and
 * then written to the sockets as they are: Node's own chunks are made anew for every reader, in four pieces.
 */
export class HttpConnection implements StreamConnection {
  readonly #res: Response
  readonly #socket: Socket | null
  readonly #isChunked: boolean

  constructor(res: Response) {
    this.#res = res
    // A request that was pipelined has no socket before the answers to those before it are written.
    this.#socket = res.socket
    this.#isChunked = res.req.httpVersionMinor > 0
  }

  onDrain(call: () => void): void {
    const source = this.#socket ?? this.#res
    source.on('drain', call)
    this.#res.on('close', () => source.off('drain', call))
  }

  write(bytes: Buffer): boolean {
    if (!this.#socket) return this.#res.write(bytes)
    return this.#socket.write(this.#isChunked ? chunkOf(bytes) : bytes)
  }

  writeAll(pieces: readonly Buffer[]): boolean {
    const socket = this.#socket
    if (!socket) return pieces.map((piece) => this.#res.write(piece)).at(-1) ?? true
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    socket.cork()
    if (this.#isChunked) socket.write(chunkHead(length))
    for (const piece of pieces) socket.write(piece)
    const takesMore = this.#isChunked ? socket.write(lineEnd) : socket.writableLength < socket.writableHighWaterMark
    socket.uncork()
    return takesMore
  }

  end(bytes: Buffer): void {
    this.#res.end(bytes)
  }

  cut(): void {
    this.#res.destroy()
  }
}

let last: { bytes: Buffer; chunk: Buffer } | undefined

function chunkOf(bytes: Buffer): Buffer {
  if (last?.bytes !== bytes) {
    const chunk = Buffer.concat([chunkHead(bytes.length), bytes, lineEnd])
    last = { bytes, chunk }
  }
  return last.chunk
}

const chunkHead = (length: number): Buffer => Buffer.from(`${length.toString(16)}\r\n`)
const lineEnd = Buffer.from('\r\n')
