import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { TestGateway } from './gateway.ts'
import { pollUntil } from './poll.ts'
import type { ReceivedMessage } from './received-messages.ts'
import { assertValidLine } from './stream-messages.ts'
import { issueToken } from './tokens.ts'

/** A reader of NDJSON that can stop to read. */
export class SlowStreamClient {
  /** All but heartbeats. */
  readonly messages: ReceivedMessage[] = []
  readonly #socket: Socket
  #rest = ''
  isEnded = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isEnded = true
    })
  }

  /** By HTTP/1.0, whose answers come without chunks. */
  static async open(t: TestContext, { url }: Pick<TestGateway, 'url'>, query: string): Promise<SlowStreamClient> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    const client = new SlowStreamClient(socket)
    const token = await issueToken(['read'])
    socket.write(
      `GET /v1/stream?${query} HTTP/1.0\r\nHost: x\r\nAccept: application/x-ndjson\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    await pollUntil(() => client.#isBegun)
    return client
  }

  #isBegun = false

  get offsets(): number[] {
    return this.messages.filter(({ kind }) => kind === 'event').map(({ content }) => content.offset)
  }

  stop(): void {
    this.#socket.pause()
  }

  goOn(): void {
    this.#socket.resume()
  }

  #take(text: string): void {
    let body = this.#rest + text
    if (!this.#isBegun) {
      const end = body.indexOf('\r\n\r\n')
      if (end >= 0) {
        this.#isBegun = true
        body = body.slice(end + 4)
      }
    }
    const lines = this.#isBegun ? body.split('\n') : [body]
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const message = JSON.parse(line)
      assertValidLine(message)
      const [kind = ''] = Object.keys(message)
      if (kind !== 'heartbeat') this.messages.push({ kind, content: message[kind], cursor: message.cursor })
    }
  }
}
