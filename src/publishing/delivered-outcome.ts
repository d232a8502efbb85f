import { formatTime } from '../json/time.ts'
import type { Delivery } from '../kafka/delivery-outcome.ts'
import type { EncodedRecord } from '../kafka/record.ts'
import type { Outcome } from './outcome.ts'

// Kafka's batch of one record takes 61 bytes, and the record's own lengths and times some twenty.
const mostOverheadBytes = 128

/** What a record takes in a batch, at most. */
export function sizeOf({ key, value, headers }: EncodedRecord): number {
  const ofHeaders = headers.reduce(
    (sum, header) => sum + Buffer.byteLength(header.name) + (header.value?.length ?? 0),
    0,
  )
  return (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders + mostOverheadBytes
}

/** Records travel in batches, and it is the batch that Kafka measures: a small event may be refused with its neighbours. */
export function oversizeOutcome(bytes: number, limit: number | undefined): Outcome {
  const named = `the topic's max.message.bytes${limit === undefined ? '' : ` of ${limit} bytes`}`
  if (limit === undefined || bytes > limit) {
    const detail = `Kafka refused the event: it is larger than ${named}. Nothing was written.`
    return { outcome: 'failed', code: 'event-too-large', detail, retryable: false }
  }
  const detail = `Kafka refused the event with others that were on their way to the same partition: together they are larger than ${named}. Nothing was written; send fewer at once.`
  return { outcome: 'failed', code: 'kafka-rejected', detail, retryable: true }
}

export function outcomeOf(delivery: Delivery, sentTimestamp: number): Outcome {
  switch (delivery.status) {
    case 'written': {
      const { partition, offset, timestamp } = delivery
      const time = timestamp > 0 ? timestamp : sentTimestamp
      return { outcome: 'published', partition, offset, timestamp: formatTime(time) }
    }
    case 'failed': {
      if (delivery.badTimestamp) return timestampOutcome(sentTimestamp)
      const detail = `Kafka did not write the event: ${delivery.reason}.`
      return { outcome: 'failed', code: 'kafka-rejected', detail, retryable: true }
    }
    case 'unknown':
      return unknownOutcome(`Kafka's answer leaves open whether the event was written: ${delivery.reason}.`)
  }
}

function timestampOutcome(timestamp: number): Outcome {
  const time = formatTime(timestamp)
  const limits = "the topic's message.timestamp.before.max.ms or message.timestamp.after.max.ms"
  const detail = `The event's time, ${time}, is farther from now than ${limits} allows. Nothing was written.`
  return { outcome: 'failed', code: 'timestamp-not-allowed', detail, retryable: false }
}

export function unconfirmed(limitMs: number): Outcome {
  return unknownOutcome(`Kafka has not confirmed the event within ${limitMs} ms; it may still be written.`)
}

function unknownOutcome(detail: string): Outcome {
  return {
    outcome: 'unknown',
    code: 'outcome-unknown',
    detail: `${detail} A retry may write it twice.`,
    retryable: false,
  }
}
