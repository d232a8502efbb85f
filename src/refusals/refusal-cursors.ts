import { GatewayError } from '../errors/gateway-error.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'

/** A place in a log of refusals. */
export interface LogPosition {
  /** Kafka's id of the log's topic. */
  topicId: string
  offset: number
}

const partition = 0

/** Places in logs of refusals as opaque text: cursors of the topics that the logs are. */
export class RefusalCursors {
  readonly #signer: Pick<CursorSigner, 'sign' | 'verify'>
  readonly #logNameOf: (topic: string) => string

  constructor(signer: Pick<CursorSigner, 'sign' | 'verify'>, logNameOf: (topic: string) => string) {
    this.#signer = signer
    this.#logNameOf = logNameOf
  }

  sign(topic: string, { topicId, offset }: LogPosition): string {
    const next = new Map([[partition, offset]])
    return this.#signer.sign({ topics: [{ topic: this.#logNameOf(topic), topicId, partition, next }] })
  }

  /** Throws GatewayError `invalid-cursor`. */
  verify(topic: string, text: string): LogPosition {
    const [position, ...others] = this.#signer.verify(text).topics
    const offset = position?.next.get(partition)
    if (position?.topic === this.#logNameOf(topic) && offset !== undefined && others.length === 0)
      return { topicId: position.topicId, offset }
    throw new GatewayError('invalid-cursor', `The cursor is not one of the refusals of "${topic}".`)
  }
}
