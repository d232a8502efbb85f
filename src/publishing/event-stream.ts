import type { Config } from '../config/config.ts'
import type { Contract } from '../contracts/contract.ts'
import type { Deprecation } from '../contracts/deprecation.ts'
import type { Permit } from '../contracts/rules.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Violation } from '../errors/violation.ts'
import type { Delivery } from '../kafka/delivery-outcome.ts'
import type { RecordProducer } from '../kafka/record-producer.ts'
import type { TopicLimits } from '../kafka/topic-limits.ts'
import type { EventMeter, RuleMeter } from '../observability/metrics.ts'
import type { Pace } from '../quotas/quotas.ts'
import type { ByteSink } from '../schemas/byte-sink.ts'
import { outcomeOf, oversizeOutcome, sizeOf, unconfirmed } from './delivered-outcome.ts'
import type { EventIn } from './event-in.ts'
import { Judge, type Judged } from './judge.ts'
import type { Line } from './line-splitter.ts'
import { type OpenEvent, OpenEvents, type OutcomeCounts } from './open-events.ts'
import { type Outcome, refusalOf } from './outcome.ts'
import { type PublishTarget, type TargetOf, versionOf } from './publish-target.ts'
import type { TraceContext } from './record-headers.ts'
import { type KeepRefusal, notAnEvent, notConfirmed, type RefusalSource } from './refusal-keeping.ts'

export interface EventStreamParts {
  targetOf: TargetOf
  producer: Pick<RecordProducer, 'assertAccepting' | 'hasRoom' | 'hasRoomFor' | 'send'>
  topicLimits: Pick<TopicLimits, 'maxMessageBytes'>
  sink: ByteSink
  meter: EventMeter & RuleMeter
  keep: KeepRefusal
  limits: Config['limits']
  publish: Pick<Config['publish'], 'deadlineMs' | 'streamEvents' | 'streamBytes'>
}

export interface EventStreamOptions {
  topic: string
  /** The version of the schema that the caller asks for. */
  schemaVersion?: number
  /** Whose share of the room it takes. */
  caller: string
  /** Whether the contract lets the caller. */
  permit: Permit
  /** Keeps the input waiting. */
  pace: Pace
  /** The event of a line, or what is wrong with the line. */
  eventOf: (line: Buffer) => EventIn | { violations: readonly Violation[] }
  /** The JSON text of the value of a line's event, as it came. Asked of lines that are refused and kept only. */
  textOf: (line: Buffer) => string | undefined
  source: () => RefusalSource
  /** Lowers the deadline of each event; it cannot raise it. */
  waitMs?: number
  trace?: TraceContext
  /** Whether outcomes are wanted of published events, too. */
  reportsPublished: boolean
  onOutcome: (line: number, outcome: Outcome) => void
  /** Events came to their outcomes: there may be room for others, or nothing may be open any more. */
  onSettled: () => void
}

const refreshMs = 1_000
// About what it takes in memory.
const violationBytes = 512
// Of an event that is counted, since nobody asked where it was written.
const countedOnly: Outcome = { outcome: 'published', partition: -1, offset: -1, timestamp: '' }

/**
 * Lines in, outcomes out, in the order of the lines, for as long as a request lasts. It holds a bounded number of open events:
 * whoever feeds it asks `hasRoom` before each line. Time is passed in by `tick`, a few times a second, until nothing is open.
 */
export class EventStream {
  readonly #parts: EventStreamParts
  readonly #options: EventStreamOptions
  readonly #deadlineMs: number
  readonly #events: OpenEvents
  #target: PublishTarget
  #judge: Judge
  /** When Kafka last confirmed something, or nothing was asked of it. */
  #heardAt = Date.now()
  #refreshedAt = Date.now()
  #isRefreshing = false
  #denial: GatewayError | undefined

  private constructor(target: PublishTarget, parts: EventStreamParts, options: EventStreamOptions) {
    this.#parts = parts
    this.#options = options
    this.#deadlineMs = Math.min(parts.publish.deadlineMs, options.waitMs ?? parts.publish.deadlineMs)
    this.#events = new OpenEvents((line, outcome) => this.#report(line, outcome))
    this.#target = target
    this.#judge = this.#judgeFor(target)
  }

  /** Throws a GatewayError where events of the topic cannot be published now; nothing that comes later throws. */
  static async open(parts: EventStreamParts, options: EventStreamOptions): Promise<EventStream> {
    const target = await parts.targetOf(options.topic, options.schemaVersion)
    options.permit(target.contract)
    parts.producer.assertAccepting(1, 0, options.caller)
    return new EventStream(target, parts, options)
  }

  /** What the contract says against publishing like this. */
  get deprecation(): Deprecation | undefined {
    return this.#target.deprecation
  }

  get hasRoom(): boolean {
    const { publish, producer } = this.#parts
    const { caller, pace } = this.#options
    const isFree = this.#events.count < publish.streamEvents && this.#events.bytes < publish.streamBytes
    return isFree && producer.hasRoomFor(caller) && pace.waitMs() === 0
  }

  /** Events that were taken and have no reported outcome yet. */
  get open(): number {
    return this.#events.count
  }

  get counts(): Readonly<OutcomeCounts> {
    return this.#events.counts
  }

  /** The last line whose event, and those of all before it, came to a reported outcome. */
  get lastLine(): number {
    return this.#events.lastLine
  }

  /** Kafka has neither confirmed nor taken anything for the whole deadline, though it was asked. */
  isUnheard(now: number): boolean {
    return now - this.#heardAt >= this.#parts.publish.deadlineMs
  }

  /** Why the contract does not let the caller any more. */
  get denial(): GatewayError | undefined {
    return this.#denial
  }

  take(line: Line, number: number, now: number): void {
    this.#options.pace.spend(1, line === 'too-long' ? this.#parts.limits.eventBytes : line.length)
    const { record, violations, event: given } = this.#judged(line, now)
    if (violations) {
      this.#refuse(line, number, now, violations, given)
      return
    }
    const event = this.#events.add(number, now, sizeOf(record))
    const { timestamp } = record
    const onDelivery = (delivery: Delivery) => this.#deliver(event, delivery, timestamp)
    this.#parts.producer.send(this.#options.topic, record, onDelivery, this.#options.caller)
  }

  /** Gives up on events that are past their deadline, and looks whether topic, contract and schema are as they were. */
  tick(now: number): void {
    this.#expire(now, this.#deadlineMs)
    if (this.open === 0 && this.#parts.producer.hasRoom) this.#heardAt = now
    if (now - this.#refreshedAt >= refreshMs && !this.#isRefreshing) this.#refresh(now)
  }

  /** Whatever is open is unknown from now on. */
  giveUp(now: number): void {
    this.#expire(now, 0)
  }

  #judged(line: Line, now: number): Judged & { event?: EventIn } {
    const { sink, limits } = this.#parts
    if (line === 'too-long') return { violations: [tooLong(limits.eventBytes)] }
    const event = this.#options.eventOf(line)
    if ('violations' in event) return event
    if (this.#target.deprecation) {
      this.#parts.meter.countDeprecated(this.#options.topic, versionOf(this.#target), 1)
    }
    sink.reset()
    const judged = this.#judge.judge(event, now)
    return judged.violations ? { ...judged, event } : judged
  }

  #refuse(line: Line, number: number, now: number, violations: readonly Violation[], given: EventIn | undefined): void {
    const { caller } = this.#options
    this.#parts.meter.countRefused(caller, violations)
    const outcome = { outcome: 'refused', ...refusalOf(violations) } as const
    const bytes = violations.length * violationBytes
    const { contract, schema } = this.#target
    if (!contract.refusals?.keep || !given || line === 'too-long') {
      const event = this.#events.add(number, now, bytes)
      this.#settle(event, contract.refusals?.keep ? { ...outcome, ...notAnEvent } : outcome)
      return
    }
    const text = this.#options.textOf(line) ?? JSON.stringify(given.value)
    const ref = given.value === null ? null : (schema?.ref ?? null)
    const source = this.#options.source()
    const event = this.#events.add(number, now, bytes + 2 * text.length, { ...outcome, ...notConfirmed })
    const refused = { event: given, text, violations, schema: ref, contract, source, caller }
    void this.#parts.keep(refused, this.#deadlineMs).then((kept) => {
      this.#heardAt = Date.now()
      this.#settle(event, { ...outcome, ...kept })
    })
  }

  #judgeFor(target: PublishTarget): Judge {
    this.#target = target
    return new Judge(target, this.#parts.limits, this.#parts.sink, this.#options.trace)
  }

  #deliver(event: OpenEvent, delivery: Delivery, timestamp: number): void {
    this.#heardAt = Date.now()
    if (delivery.status === 'failed' && delivery.tooLarge) {
      const limit = this.#parts.topicLimits.maxMessageBytes(this.#options.topic)
      limit.then((bytes) => this.#settle(event, oversizeOutcome(event.bytes, bytes)))
    } else if (delivery.status === 'written' && !this.#options.reportsPublished) this.#settle(event, countedOnly)
    else this.#settle(event, outcomeOf(delivery, timestamp))
  }

  #settle(event: OpenEvent, outcome: Outcome): void {
    this.#events.settle(event, outcome)
    this.#options.onSettled()
  }

  #expire(now: number, ageMs: number): void {
    this.#events.expire(now, ageMs, unconfirmed)
    this.#options.onSettled()
  }

  #report(line: number, outcome: Outcome): void {
    this.#parts.meter.count(outcome.outcome)
    if (outcome.outcome !== 'published' || this.#options.reportsPublished) this.#options.onOutcome(line, outcome)
  }

  async #refresh(now: number): Promise<void> {
    this.#refreshedAt = now
    this.#isRefreshing = true
    try {
      this.#target = await this.#parts.targetOf(this.#options.topic, this.#options.schemaVersion)
      this.#judge = this.#judgeFor(this.#target)
      this.#denial = denialOf(this.#options.permit, this.#target.contract)
    } catch {
      // What cannot be asked now stays as it was; Kafka itself refuses the events of a topic that is gone.
    } finally {
      this.#isRefreshing = false
    }
  }
}

function denialOf(permit: Permit, contract: Contract): GatewayError | undefined {
  try {
    permit(contract)
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

function tooLong(limit: number): Violation {
  return {
    pointer: '',
    in: 'envelope',
    code: 'event-too-large',
    message: 'The line is too long.',
    expected: `at most ${limit} bytes`,
    found: 'a longer line',
  }
}
