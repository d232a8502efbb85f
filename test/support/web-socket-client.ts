import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type ClientOptions, WebSocket } from 'ws'
import { loadApiContract } from '../../src/openapi/contract.ts'
import { compileSchema, documentAjv } from '../../src/openapi/validator.ts'
import type { TestGateway } from './gateway.ts'
import { pollUntil } from './poll.ts'
import { type ReceivedMessage, ReceivedMessages } from './received-messages.ts'
import { issueToken } from './tokens.ts'

const ajv = documentAjv(loadApiContract())
const isMessage = compileSchema(ajv, { $ref: '#/components/schemas/StreamMessage' })
const isReply = compileSchema(ajv, { $ref: '#/components/schemas/StreamReply' })

export interface Reply {
  id?: string | number
  // biome-ignore lint/suspicious/noExplicitAny: replies are checked against openapi.yaml, not against types
  [member: string]: any
}

export interface WebSocketRequest {
  query?: Record<string, string | number>
  /** Null: none is sent. */
  token?: string | null
  headers?: Record<string, string>
  options?: ClientOptions
}

/** The answer to a request for a WebSocket that was refused. */
export interface Refused {
  status: number
  headers: NodeJS.Dict<string | string[]>
  // biome-ignore lint/suspicious/noExplicitAny: of one test each
  body: any
}

/** Follows a stream over a WebSocket, and sends commands. Whatever comes is held to openapi.yaml. */
export class WebSocketClient extends ReceivedMessages {
  readonly webSocket: WebSocket
  /** Messages and replies, in their order. */
  readonly received: (ReceivedMessage | { kind: 'reply'; reply: Reply })[] = []
  readonly #repliesById = new Map<string | number, Reply>()
  close: { code: number; reason: string } | undefined
  #lastId = 0

  private constructor(webSocket: WebSocket) {
    super()
    this.webSocket = webSocket
    webSocket.on('message', (data, isBinary) => {
      const take = () => {
        assert.equal(isBinary, false)
        this.#take(JSON.parse(String(data)))
      }
      if (!this.isTaken(take)) webSocket.terminate()
    })
    webSocket.on('error', () => {})
    webSocket.on('close', (code, reason) => {
      this.isEnded = true
      this.close = { code, reason: String(reason) }
    })
  }

  static async open(
    t: TestContext,
    gateway: Pick<TestGateway, 'url'>,
    request: WebSocketRequest = {},
  ): Promise<WebSocketClient> {
    const opened = await WebSocketClient.request(gateway, request)
    if (!(opened instanceof WebSocketClient)) assert.fail(`${opened.status} ${JSON.stringify(opened.body)}`)
    t.after(() => opened.leave())
    return opened
  }

  static async request(
    { url }: Pick<TestGateway, 'url'>,
    { query = {}, token, headers = {}, options = {} }: WebSocketRequest = {},
  ): Promise<WebSocketClient | Refused> {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const sent = token === undefined ? await issueToken(['publish', 'read']) : token
    const webSocket = new WebSocket(`${url}/v1/stream?${search}`, {
      headers: { ...(sent !== null && { authorization: `Bearer ${sent}` }), ...headers },
      ...options,
    })
    const client = new WebSocketClient(webSocket)
    const { promise, resolve, reject } = Promise.withResolvers<WebSocketClient | Refused>()
    webSocket.on('open', () => resolve(client))
    webSocket.on('error', reject)
    webSocket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response
        resolve({ status, headers: answered, body: JSON.parse(text) })
      })
    })
    return promise
  }

  get replies(): Reply[] {
    this.throwFault()
    return this.received.flatMap((each) => ('reply' in each ? [each.reply] : []))
  }

  async ended(limitMs = 10_000): Promise<{ code: number; reason: string }> {
    await pollUntil(() => this.isEnded, limitMs)
    this.throwFault()
    return this.close as { code: number; reason: string }
  }

  /** Sends the command, and waits for the reply with its id. */
  async ask(command: object, limitMs = 10_000): Promise<Reply> {
    const id = this.send(command)
    await pollUntil(() => this.#repliesById.has(id) || this.isEnded, limitMs)
    this.throwFault()
    return this.#repliesById.get(id) ?? assert.fail(`it ended without a reply: ${JSON.stringify(this.close)}`)
  }

  /** The id that it gave the command. */
  send(command: object): number {
    const id = ++this.#lastId
    this.webSocket.send(JSON.stringify({ id, ...command }))
    return id
  }

  replyTo(id: number | string): Reply | undefined {
    this.throwFault()
    return this.#repliesById.get(id)
  }

  async leave(): Promise<void> {
    this.webSocket.terminate()
    await pollUntil(() => this.isEnded)
  }

  #take(message: unknown): void {
    if (!isMessage(message)) {
      assert.ok(isReply(message), `${JSON.stringify(message).slice(0, 500)}: ${JSON.stringify(isReply.errors)}`)
      const reply = message as Reply
      this.received.push({ kind: 'reply', reply })
      if (reply.id !== undefined) this.#repliesById.set(reply.id, reply)
      return
    }
    const { cursor, ...content } = message as Record<string, unknown> & { cursor: string }
    const [kind = ''] = Object.keys(content)
    const received = { kind, content: content[kind], cursor }
    this.received.push(received)
    this.keep(received)
  }
}

/** The text of a request for a WebSocket, for tests that write it themselves. */
export const upgradeRequest = (token: string, headers = ''): string =>
  `GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
  `Connection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`

export const handshakeHeaders = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
