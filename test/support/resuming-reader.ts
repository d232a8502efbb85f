import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pollUntil } from './poll.ts'
import type { ReceivedMessage } from './received-messages.ts'
import type { SeededRandom } from './seeded-random.ts'
import { StreamClient } from './stream-client.ts'
import { WebSocketClient } from './web-socket-client.ts'

export interface Read {
  partition: number
  offset: number
  n: number
}

interface ResumingReaderParts {
  topic: string
  token: string
  /** Where it may connect; some of it may not answer. */
  urls: () => readonly string[]
  random: SeededRandom
}

const types = ['text/event-stream', 'application/x-ndjson', 'web-socket'] as const

interface OpenStream {
  readonly messages: readonly ReceivedMessage[]
  readonly events: readonly ReceivedMessage[]
  readonly isEnded: boolean
  end(): Promise<unknown>
}

/** Reads a topic of numbers in pieces: it is cut, and goes on from the last message that it has read, somewhere else. */
export class ResumingReader {
  readonly got: Read[] = []
  readonly #parts: ResumingReaderParts
  #cursor: string | undefined

  constructor(parts: ResumingReaderParts) {
    this.#parts = parts
  }

  /** Opens a stream somewhere, and cuts it after some messages or some time. */
  async readPiece(t: TestContext): Promise<void> {
    const stream = await this.#open(t)
    const { random } = this.#parts
    const enough = random.int(60)
    await Promise.race([
      pollUntil(() => stream.messages.length >= enough || stream.isEnded).catch(() => {}),
      delay(50 + random.int(250)),
    ])
    await this.#end(stream)
  }

  /** Reads on until it has so many events in all. */
  async readUntil(t: TestContext, events: number): Promise<void> {
    const stream = await this.#open(t)
    await pollUntil(() => this.got.length + stream.events.length >= events || stream.isEnded).catch(() => {})
    await this.#end(stream)
  }

  async #open(t: TestContext): Promise<OpenStream> {
    const { topic, token, urls, random } = this.#parts
    const query = { topics: topic, ...(this.#cursor === undefined ? { from: 'earliest' } : { cursor: this.#cursor }) }
    for (;;) {
      const stream = await open(t, random.pick(urls()), random.pick(types), { query, token }).catch(notThere)
      if (stream) return stream
      await delay(20)
    }
  }

  async #end(stream: OpenStream): Promise<void> {
    await stream.end()
    for (const { kind, content, cursor } of stream.messages) {
      this.#cursor = cursor
      if (kind === 'event') this.got.push({ partition: content.partition, offset: content.offset, n: content.value.n })
    }
  }
}

async function open(
  t: TestContext,
  url: string,
  type: (typeof types)[number],
  request: { query: Record<string, string>; token: string },
): Promise<OpenStream> {
  if (type === 'web-socket') {
    const client = await WebSocketClient.open(t, { url }, request)
    return withEnd(client, () => client.leave())
  }
  const client = await StreamClient.open(t, { url }, { ...request, type })
  return withEnd(client, () => client.close())
}

const withEnd = (client: StreamClient | WebSocketClient, end: OpenStream['end']): OpenStream => ({
  get messages() {
    return client.messages
  },
  get events() {
    return client.events
  },
  get isEnded() {
    return client.isEnded
  },
  end,
})

/** Nobody listens, or the one who did is gone. */
function notThere(error: unknown): undefined {
  if (error instanceof TypeError || (error instanceof Error && 'code' in error)) return undefined
  throw error
}
