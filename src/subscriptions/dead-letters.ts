import { setTimeout as delay } from 'node:timers/promises'
import { formatTime } from '../json/time.ts'
import type { RecordHeader, StoredRecord } from '../kafka/record.ts'
import type { RecordProducer } from '../kafka/record-producer.ts'
import type { Logger } from '../observability/logger.ts'
import type { RejectedEvent, Rejection } from './ledger/ledger-event.ts'

export interface DeadLettersParts {
  producer: Pick<RecordProducer, 'assertAccepting' | 'send'>
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
    const { record, deliveries, rejection } = rejected
    const now = Date.now()
    const headers = [...record.headers, ...reasons(subscription, record, deliveries, rejection, now)]
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

function reasons(
  subscription: string,
  { topic, partition, offset, timestamp }: StoredRecord,
  deliveries: number,
  rejection: Rejection,
  now: number,
): RecordHeader[] {
  const isByReceiver = rejection.cause === 'receiver'
  const texts: [name: string, text: string | null][] = [
    ['why', isByReceiver ? 'rejected' : 'deliveries'],
    ['reason', isByReceiver ? rejection.reason : null],
    ['by', isByReceiver ? rejection.by : null],
    ['at', formatTime(now)],
    ['subscription', subscription],
    ['topic', topic],
    ['partition', String(partition)],
    ['offset', String(offset)],
    ['timestamp', timestamp < 0 ? null : formatTime(timestamp)],
    ['deliveries', String(deliveries)],
  ]
  return texts.flatMap(([name, text]) =>
    text === null ? [] : [{ name: `headgate-dead-letter-${name}`, value: Buffer.from(text) }],
  )
}
