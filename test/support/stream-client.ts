import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { TestGateway } from './gateway.ts'
import { type ReceivedMessage, ReceivedMessages } from './received-messages.ts'
import { assertValidLine } from './stream-messages.ts'
import { issueToken } from './tokens.ts'

export type StreamType = 'text/event-stream' | 'application/x-ndjson'

export interface StreamRequest {
  type?: StreamType
  query: Record<string, string | number>
  headers?: Record<string, string>
  /** Null: none is sent. */
  token?: string | null
}

/** Reads a stream to its end, and keeps what it says. */
export class StreamClient extends ReceivedMessages {
  readonly response: Response
  readonly #abort: AbortController
  /** Settles with the stream, however it ends. */
  readonly ended: Promise<void>

  private constructor(response: Response, type: StreamType, abort: AbortController) {
    super()
    this.response = response
    this.#abort = abort
    this.ended = this.#read(type).finally(() => {
      this.isEnded = true
    })
  }

  static async open(
    t: TestContext,
    { url }: Pick<TestGateway, 'url'>,
    { type = 'application/x-ndjson', query, headers = {}, token }: StreamRequest,
  ): Promise<StreamClient> {
    const abort = new AbortController()
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const response = await fetch(`${url}/v1/stream?${search}`, {
      headers: {
        accept: type,
        ...(token !== null && { authorization: `Bearer ${token ?? (await issueToken(['publish', 'read']))}` }),
        ...headers,
      },
      signal: abort.signal,
    })
    if (response.status !== 200) assert.fail(`${response.status} ${await response.text()}`)
    const client = new StreamClient(response, type, abort)
    t.after(() => client.close())
    return client
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async #read(type: StreamType): Promise<void> {
    const end = type === 'text/event-stream' ? '\n\n' : '\n'
    let rest = ''
    try {
      for await (const chunk of (this.response.body as ReadableStream<Uint8Array>).pipeThrough(
        new TextDecoderStream(),
      )) {
        const parts = (rest + chunk).split(end)
        rest = parts.pop() ?? ''
        for (const part of parts) if (!this.isTaken(() => this.#take(type, part))) return
      }
    } catch {
      // Cut, by either side.
    }
  }

  #take(type: StreamType, text: string): void {
    if (type === 'application/x-ndjson') {
      const line = JSON.parse(text)
      assertValidLine(line)
      const [kind = ''] = Object.keys(line)
      this.keep({ kind, content: line[kind], cursor: line.cursor })
      return
    }
    const fields = new Map(
      text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    )
    const id = fields.get('id')
    if (id === undefined) return
    const data = fields.get('data')
    const kind = data === undefined ? 'heartbeat' : (fields.get('event') ?? 'event')
    const content = data === undefined ? {} : JSON.parse(data)
    assertValidLine({ [kind]: content, cursor: id })
    this.keep({ kind, content, cursor: id })
  }
}

export const streamNumbers = (messages: readonly ReceivedMessage[]): number[] =>
  messages.map(({ content }) => content.value.n)
