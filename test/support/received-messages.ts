import assert from 'node:assert/strict'
import { pollUntil } from './poll.ts'

export interface ReceivedMessage {
  kind: string
  // biome-ignore lint/suspicious/noExplicitAny: messages are checked against openapi.yaml, not against types
  content: any
  cursor: string
}

/** What a client of a stream was told. A message that is not as documented is thrown by whatever looks at it. */
export abstract class ReceivedMessages {
  isEnded = false
  readonly #messages: ReceivedMessage[] = []
  #fault: unknown

  get messages(): readonly ReceivedMessage[] {
    this.throwFault()
    return this.#messages
  }

  /** All but heartbeats. */
  get said(): ReceivedMessage[] {
    return this.messages.filter(({ kind }) => kind !== 'heartbeat')
  }

  get events(): ReceivedMessage[] {
    return this.of('event')
  }

  get cursor(): string {
    return this.messages.at(-1)?.cursor ?? ''
  }

  of(kind: string): ReceivedMessage[] {
    return this.messages.filter((message) => message.kind === kind)
  }

  /** Until so many events have come. */
  async count(events: number, limitMs = 10_000): Promise<ReceivedMessage[]> {
    await pollUntil(() => this.events.length >= events || this.isEnded, limitMs)
    return this.events
  }

  async until(kind: string, limitMs = 10_000): Promise<ReceivedMessage> {
    await pollUntil(() => this.of(kind).length > 0 || this.isEnded, limitMs)
    return this.of(kind)[0] ?? assert.fail(`it ended without ${kind}, after ${JSON.stringify(this.messages.at(-1))}`)
  }

  protected keep(message: ReceivedMessage): void {
    this.#messages.push(message)
  }

  /** False: it threw, and that is kept. */
  protected isTaken(take: () => void): boolean {
    try {
      take()
      return true
    } catch (error) {
      this.#fault ??= error
      return false
    }
  }

  protected throwFault(): void {
    if (this.#fault) throw this.#fault
  }
}
