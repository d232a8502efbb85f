import type { Permit } from '../contracts/rules.ts'
import { byteTextOf } from '../json/byte-text.ts'
import type { Delivery } from '../kafka/delivery-outcome.ts'
import type { ByteSink } from '../schemas/byte-sink.ts'
import { outcomeOf, oversizeOutcome, sizeOf, unconfirmed } from './delivered-outcome.ts'
import type { EventIn } from './event-in.ts'
import { EventStream, type EventStreamOptions, type EventStreamParts } from './event-stream.ts'
import { Judge, type Judged } from './judge.ts'
import { type Judgement, type Judgements, type Outcome, type Published, refusalOf } from './outcome.ts'
import { type PublishTarget, versionOf } from './publish-target.ts'
import type { TraceContext } from './record-headers.ts'
import { type EventOrigin, type Kept, notAnEvent } from './refusal-keeping.ts'

export interface PublisherParts extends EventStreamParts {
  /** Reused for every request: between the first encoded and the last sent event nothing else runs. */
  sink: ByteSink
}

export interface PublishOptions {
  onRefusal?: 'skip' | 'withhold'
  /** Whether the contract lets the caller: asked with the one that the events are judged by. */
  permit: Permit
  /** The version of the schema that the caller asks for. */
  schemaVersion?: number
  /** Lowers the deadline; it cannot raise it. */
  waitMs?: number
  trace?: TraceContext
  /** Whose share of the room it takes. */
  caller: string
  /** Size of the request's JSON: no event of it is larger. */
  requestBytes: number
  origin: EventOrigin
  /** The events are on their way: what is published from now on comes after them. Not called where `publish` throws before. */
  onSent?: () => void
}

/** Every way in ends here: events are judged, all of them, before the first is produced in the request's order. */
export class Publisher {
  readonly #parts: PublisherParts

  constructor(parts: PublisherParts) {
    this.#parts = parts
  }

  /** Throws a GatewayError where the request as a whole cannot be served, with nothing written then. */
  async publish(topic: string, events: readonly EventIn[], options: PublishOptions): Promise<Published> {
    const known = this.#parts.targetOf(topic, options.schemaVersion)
    const target = known instanceof Promise ? await known : known
    options.permit(target.contract)
    if (target.deprecation) this.#parts.meter.countDeprecated(topic, versionOf(target), events.length)
    const judged = this.#judge(target, events, options)
    const schema = events.some(({ value }) => value !== null) ? (target.schema?.ref ?? null) : null
    const isWithheld = options.onRefusal === 'withhold' && judged.some(({ violations }) => violations)
    const sending = isWithheld ? judged.map(withheldOutcome) : this.#send(topic, judged, options)
    options.onSent?.()
    const keeping = target.contract.refusals?.keep && this.#keep(target, events, judged, options)
    const outcomes = await sending
    if (keeping)
      for (const [index, kept] of await keeping) outcomes[index] = { ...(outcomes[index] as Outcome), ...kept }
    this.#count(judged, outcomes, options.caller)
    return { schema, outcomes, deprecation: target.deprecation }
  }

  /** For requests of any length. Throws as `publish` does, before anything is written; nothing that comes later throws. */
  openStream(options: EventStreamOptions): Promise<EventStream> {
    return EventStream.open(this.#parts, options)
  }

  /** Throws as `publish` does. */
  async judge(
    topic: string,
    events: readonly EventIn[],
    { requestBytes, permit, schemaVersion }: Pick<PublishOptions, 'requestBytes' | 'permit' | 'schemaVersion'>,
  ): Promise<Judgements> {
    const target = await this.#parts.targetOf(topic, schemaVersion)
    permit(target.contract)
    const schema = target.schema?.ref ?? null
    const judgements = this.#judge(target, events, { requestBytes }).map(
      ({ record, violations }, index): Judgement => ({
        outcome: record ? 'valid' : 'refused',
        key: record?.key ? byteTextOf(record.key) : null,
        encodedBytes: record?.value?.length ?? null,
        schema: events[index]?.value === null ? null : schema,
        ...(violations && refusalOf(violations)),
      }),
    )
    return { judgements, deprecation: target.deprecation }
  }

  #judge(
    target: PublishTarget,
    events: readonly EventIn[],
    { requestBytes, trace }: Pick<PublishOptions, 'requestBytes' | 'trace'>,
  ): Judged[] {
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

  /** By the index of the event: of those that are refused, when Kafka has them or the deadline is over. */
  async #keep(
    { contract, schema }: PublishTarget,
    events: readonly EventIn[],
    judged: readonly Judged[],
    { origin, caller, waitMs }: PublishOptions,
  ): Promise<[index: number, kept: Kept][]> {
    const { keep, publish } = this.#parts
    const limitMs = Math.min(publish.deadlineMs, waitMs ?? publish.deadlineMs)
    const source = judged.some(({ violations }) => violations) && origin.source()
    return await Promise.all(
      judged.flatMap(({ violations }, index): Promise<[number, Kept]>[] => {
        const event = events[index]
        if (!violations || !event || !source) return []
        const isTooLarge = violations[0]?.code === 'event-too-large'
        const text = isTooLarge ? undefined : (origin.textOf(index) ?? JSON.stringify(event.value))
        if (text === undefined) return [Promise.resolve([index, notAnEvent])]
        const ref = event.value === null ? null : (schema?.ref ?? null)
        const refused = { event, text, violations, schema: ref, contract, source, caller }
        return [keep(refused, limitMs).then((kept) => [index, kept])]
      }),
    )
  }

  #count(judged: readonly Judged[], outcomes: readonly Outcome[], caller: string): void {
    const { meter } = this.#parts
    for (const { outcome } of outcomes) meter.count(outcome)
    for (const { violations } of judged) if (violations) meter.countRefused(caller, violations)
  }

  /** Throws where nothing can be sent now. */
  #send(topic: string, judged: readonly Judged[], { waitMs, caller }: PublishOptions): Outcome[] | Promise<Outcome[]> {
    const { producer, publish } = this.#parts
    const outcomes: Outcome[] = new Array(judged.length)
    const oversize: Oversize[] = []
    let open = 0
    let bytes = 0
    judged.forEach(({ record, violations }, index) => {
      if (violations) outcomes[index] = { outcome: 'refused', ...refusalOf(violations) }
      else {
        open++
        bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0)
      }
    })
    if (open === 0) return outcomes
    producer.assertAccepting(open, bytes, caller)

    const limitMs = Math.min(publish.deadlineMs, waitMs ?? publish.deadlineMs)
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, limitMs)
    judged.forEach(({ record }, index) => {
      if (!record) return
      const onDelivery = (delivery: Delivery) => {
        outcomes[index] ??= outcomeOf(delivery, record.timestamp)
        if (delivery.status === 'failed' && delivery.tooLarge) oversize.push({ index, bytes: sizeOf(record) })
        if (--open === 0) resolve()
      }
      producer.send(topic, record, onDelivery, caller)
    })
    return promise.then(async () => {
      clearTimeout(timer)
      for (let index = 0; index < outcomes.length; index++) outcomes[index] ??= unconfirmed(limitMs)
      if (oversize.length > 0) await this.#explainOversize(topic, outcomes, oversize)
      return outcomes
    })
  }

  async #explainOversize(topic: string, outcomes: Outcome[], oversize: readonly Oversize[]): Promise<void> {
    const limit = await this.#parts.topicLimits.maxMessageBytes(topic)
    for (const { index, bytes } of oversize) outcomes[index] = oversizeOutcome(bytes, limit)
  }
}

interface Oversize {
  index: number
  bytes: number
}

const withheldOutcome = ({ violations }: Judged): Outcome =>
  violations ? { outcome: 'refused', ...refusalOf(violations) } : { outcome: 'withheld' }
