import type { Config } from '../config/config.ts'
import { byteTextOf } from '../json/byte-text.ts'
import type { Delivery } from '../kafka/delivery-outcome.ts'
import type { RecordProducer } from '../kafka/record-producer.ts'
import type { TopicLimits } from '../kafka/topic-limits.ts'
import type { EventMeter } from '../observability/metrics.ts'
import type { ByteSink } from '../schemas/byte-sink.ts'
import type { EventIn } from './event-in.ts'
import { Judge, type Judged } from './judge.ts'
import type { Judgement, Outcome, Published } from './outcome.ts'
import type { PublishTarget, TargetOf } from './publish-target.ts'
import type { TraceContext } from './record-headers.ts'

export interface PublisherParts {
  targetOf: TargetOf
  producer: Pick<RecordProducer, 'assertAccepting' | 'send'>
  topicLimits: Pick<TopicLimits, 'maxMessageBytes'>
  /** Reused for every request: between the first encoded and the last sent event nothing else runs. */
  sink: ByteSink
  meter: EventMeter
  limits: Config['limits']
  deadlineMs: number
}

export interface PublishOptions {
  onRefusal?: 'skip' | 'withhold'
  /** Lowers the deadline; it cannot raise it. */
  waitMs?: number
  trace?: TraceContext
  /** Size of the request's JSON: no event of it is larger. */
  requestBytes: number
}

/** Every way in ends here: events are judged, all of them, before the first is produced in the request's order. */
export class Publisher {
  readonly #parts: PublisherParts

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /** Throws a GatewayError where the request as a whole cannot be served, with nothing written then. */
  async publish(topic: string, events: readonly EventIn[], options: PublishOptions): Promise<Published> {
    const known = this.#parts.targetOf(topic)
    const target = known instanceof Promise ? await known : known
    const judged = this.#judge(target, events, options)
    const schema = target.schema?.ref ?? null
    const isWithheld = options.onRefusal === 'withhold' && judged.some(({ violations }) => violations)
    const outcomes = isWithheld ? judged.map(withheldOutcome) : await this.#send(topic, judged, options)
    for (const { outcome } of outcomes) this.#parts.meter.count(outcome)
    return { schema, outcomes }
  }

  async judge(topic: string, events: readonly EventIn[], requestBytes: number): Promise<Judgement[]> {
    const target = await this.#parts.targetOf(topic)
    const schema = target.schema?.ref ?? null
    return this.#judge(target, events, { requestBytes }).map(({ record, violations }) => ({
      outcome: record ? 'valid' : 'refused',
      key: record?.key ? byteTextOf(record.key) : null,
      encodedBytes: record?.value?.length ?? null,
      schema,
      ...(violations && { violations }),
    }))
  }

  #judge(target: PublishTarget, events: readonly EventIn[], { requestBytes, trace }: PublishOptions): Judged[] {
    const { limits, sink } = this.#parts
    sink.reset()
    const judge = new Judge(target, limits, sink, trace)
    const now = Date.now()
    const mayBeOversize = requestBytes > limits.eventBytes
    return events.map((event) => {
      const oversize = mayBeOversize ? judge.oversize(event) : undefined
      return oversize ? { violations: [oversize] } : judge.judge(event, now)
    })
  }

  async #send(topic: string, judged: readonly Judged[], { waitMs }: PublishOptions): Promise<Outcome[]> {
    const { producer, deadlineMs } = this.#parts
    const outcomes: Outcome[] = new Array(judged.length)
    const oversize: number[] = []
    let open = 0
    let bytes = 0
    for (const [index, { record, violations }] of judged.entries()) {
      if (violations) outcomes[index] = { outcome: 'refused', violations }
      else {
        open++
        bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0)
      }
    }
    if (open === 0) return outcomes
    producer.assertAccepting(open, bytes)

    const limitMs = Math.min(deadlineMs, waitMs ?? deadlineMs)
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, limitMs)
    for (const [index, { record }] of judged.entries()) {
      if (!record) continue
      producer.send(topic, record, (delivery) => {
        outcomes[index] ??= outcomeOf(delivery, record.timestamp)
        if (delivery.status === 'failed' && delivery.tooLarge) oversize.push(index)
        if (--open === 0) resolve()
      })
    }
    await promise
    clearTimeout(timer)
    for (let index = 0; index < outcomes.length; index++) outcomes[index] ??= unconfirmed(limitMs)
    if (oversize.length > 0) await this.#explainOversize(topic, outcomes, oversize)
    return outcomes
  }

  async #explainOversize(topic: string, outcomes: Outcome[], oversize: readonly number[]): Promise<void> {
    const limit = await this.#parts.topicLimits.maxMessageBytes(topic)
    const named = limit === undefined ? '' : ` of ${limit} bytes`
    const detail = `Kafka refused the event: it is larger than the topic's max.message.bytes${named}. Nothing was written.`
    for (const index of oversize)
      outcomes[index] = { outcome: 'failed', code: 'event-too-large', detail, retryable: false }
  }
}

const withheldOutcome = ({ violations }: Judged): Outcome =>
  violations ? { outcome: 'refused', violations } : { outcome: 'withheld' }

function outcomeOf(delivery: Delivery, sentTimestamp: number): Outcome {
  switch (delivery.status) {
    case 'written': {
      const { partition, offset, timestamp } = delivery
      const time = new Date(timestamp > 0 ? timestamp : sentTimestamp).toISOString()
      return { outcome: 'published', partition, offset, timestamp: time }
    }
    case 'failed': {
      const detail = `Kafka did not write the event: ${delivery.reason}.`
      return { outcome: 'failed', code: 'kafka-rejected', detail, retryable: true }
    }
    case 'unknown':
      return unknownOutcome(`Kafka's answer leaves open whether the event was written: ${delivery.reason}.`)
  }
}

function unconfirmed(limitMs: number): Outcome {
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
