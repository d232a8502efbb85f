import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { TestGateway } from './gateway.ts'
import { pollUntil } from './poll.ts'
import { handshakeHeaders, upgradeRequest } from './web-socket-client.ts'

export interface FrameParts {
  opcode: number
  payload?: string | Buffer
  isFinal?: boolean
  reservedBits?: number
  isMasked?: boolean
  /** Where it is not that of the payload. */
  length?: bigint
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

const mask = Buffer.from([1, 2, 3, 4])

/** A frame as a client writes it, right or wrong (RFC 6455 §5.2). */
export function clientFrame({
  opcode,
  payload = '',
  isFinal = true,
  reservedBits = 0,
  isMasked = true,
  length,
}: FrameParts): Buffer {
  const bytes = Buffer.from(payload)
  const first = (isFinal ? 0x80 : 0) | (reservedBits << 4) | opcode
  const maskBit = isMasked ? 0x80 : 0
  const size = length ?? BigInt(bytes.length)
  const long = Buffer.alloc(8)
  long.writeBigUInt64BE(size)
  const lengthBytes =
    size < 126n
      ? [maskBit | Number(size)]
      : size < 65_536n
        ? [maskBit | 126, ...long.subarray(6)]
        : [maskBit | 127, ...long]
  const sent = isMasked ? bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : bytes
  return Buffer.concat([Buffer.from([first, ...lengthBytes]), isMasked ? mask : Buffer.alloc(0), sent])
}

interface ServerFrame {
  opcode: number
  payload: Buffer
}

function framesIn(bytes: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const opcode = bytes.readUInt8(at) & 0x0f
    const short = bytes.readUInt8(at + 1)
    const [length, header] =
      short < 126
        ? [short, 2]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), 4]
          : [Number(bytes.readBigUInt64BE(at + 2)), 10]
    if (at + header + length > bytes.length) break
    frames.push({ opcode, payload: bytes.subarray(at + header, at + header + length) })
    at += header + length
  }
  return frames
}

/** A WebSocket whose client's frames the test writes itself. */
export class RawWebSocket {
  readonly socket: Socket
  isClosed = false
  #bytes = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
    })
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
    })
  }

  static async open(t: TestContext, { url }: Pick<TestGateway, 'url'>, token: string): Promise<RawWebSocket> {
    const { hostname, port } = new URL(url)
    const raw = new RawWebSocket(connect(Number(port), hostname))
    t.after(() => raw.socket.destroy())
    raw.socket.write(upgradeRequest(token, handshakeHeaders))
    await pollUntil(() => raw.head.endsWith('\r\n\r\n'))
    return raw
  }

  /** The answer to the request. */
  get head(): string {
    const end = this.#bytes.indexOf('\r\n\r\n')
    return end < 0 ? '' : this.#bytes.toString('latin1', 0, end + 4)
  }

  get frames(): ServerFrame[] {
    return framesIn(this.#bytes.subarray(this.head.length))
  }

  /** Without the heartbeats. */
  get texts(): string[] {
    const texts = this.frames.filter(({ opcode }) => opcode === opcodes.text).map(({ payload }) => payload.toString())
    return texts.filter((text) => !text.startsWith('{"heartbeat"'))
  }

  /** The code of the close frame, where one has come. */
  get closeCode(): number | undefined {
    return this.frames.find(({ opcode }) => opcode === opcodes.close)?.payload.readUInt16BE(0)
  }

  write(...frames: FrameParts[]): void {
    this.socket.write(Buffer.concat(frames.map(clientFrame)))
  }
}
