import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type Agent, type RequestOptions, request } from 'node:https'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

export interface TlsAnswer {
  status: number
  headers: IncomingMessage['headers']
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: of one test each
  json: any
}

/** Requests to a gateway whose certificates a test makes: each on a connection of its own, or on those of an agent. */
export class TlsClient {
  readonly url: string
  /** Authorities to trust; to be added to while certificates change. */
  readonly ca: string[]
  readonly #token: string

  constructor(url: string, ca: readonly string[], token: string) {
    this.url = url
    this.ca = [...ca]
    this.#token = token
  }

  async call(
    path: string,
    { body, agent, headers = {} }: { body?: unknown; agent?: Agent; headers?: Record<string, string> } = {},
  ): Promise<TlsAnswer> {
    const sent: RequestOptions = {
      agent: agent ?? false,
      ca: this.ca,
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', ...headers },
    }
    const outgoing = request(`${this.url}${path}`, sent).end(body === undefined ? undefined : JSON.stringify(body))
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of answer.setEncoding('utf8')) text += chunk
    const json = /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(text) : undefined
    return { status: answer.statusCode ?? 0, headers: answer.headers, text, json }
  }

  /** Rejects with what is wrong with the handshake. */
  async connect(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { hostname, port } = new URL(this.url)
    const socket = connect({ host: hostname, port: Number(port), ca: this.ca, ...options })
    // What follows the first fault is nobody's business.
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    return socket
  }

  /** Of the certificate that a new connection is shown. */
  async fingerprint(): Promise<string> {
    const socket = await this.connect({ rejectUnauthorized: false })
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
}
