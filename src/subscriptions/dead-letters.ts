import { setTimeout as delay } from 'node:timers/promises'
import type { StoredRecord } from '../kafka/record.ts'
import type { RecordProducer } from '../kafka/record-producer.ts'
import type { Logger } from '../observability/logger.ts'
import type { DeadLetterHeaders } from './dead-letter.ts'
import type { RejectedEvent } from './ledger/ledger-event.ts'

export interface DeadLettersParts {
  producer: Pick<RecordProducer, 'assertAccepting' | 'send'>
  headers: DeadLetterHeaders
  log: Logger
}

const retryMs = 1_000
const mostRetryMs = 30_000

/** Writes what was rejected, as it is, with headers that say why. */
export class DeadLetters {
  readonly #parts: DeadLettersParts

  constructor(parts: DeadLettersParts) {
    this.#parts = parts
  }

  /** Tries until it is written, perhaps twice; rejects with the reason of the signal. */
  async write(
    { subscription, to }: { subscription: string; to: string },
    rejected: RejectedEvent<StoredRecord>,
    signal: AbortSignal,
  ): Promise<void> {
    const { record } = rejected
    const now = Date.now()
    const headers = this.#parts.headers.write(subscription, rejected, now)
    const letter = { key: record.key, value: record.value, timestamp: now, headers }
    for (let pauseMs = retryMs; ; pauseMs = Math.min(mostRetryMs, pauseMs * 2)) {
      const cause = await this.#attempt(to, letter)
      if (cause === undefined) return
      const { topic, partition, offset } = record
      this.#parts.log.warn({ subscription, topic, partition, offset, cause }, 'A dead letter could not be written yet')
      await delay(pauseMs, undefined, { signal })
    }
  }

  async #attempt(to: string, letter: Parameters<RecordProducer['send']>[1]): Promise<string | undefined> {
    const { producer } = this.#parts
    try {
      producer.assertAccepting(1, (letter.key?.length ?? 0) + (letter.value?.length ?? 0))
      return await new Promise((resolve) => {
        producer.send(to, letter, (delivery) => resolve(delivery.status === 'written' ? undefined : delivery.reason))
      })
    } catch (error) {
      return (error as Error).message
    }
  }
}
