import type { Config } from '../config/config.ts'
import type { Violation } from '../errors/violation.ts'
import type { Delivery } from '../kafka/delivery-outcome.ts'
import type { RecordProducer } from '../kafka/record-producer.ts'
import type { TopicLimits } from '../kafka/topic-limits.ts'
import type { EventMeter } from '../observability/metrics.ts'
import type { ByteSink } from '../schemas/byte-sink.ts'
import { outcomeOf, oversizeOutcome, sizeOf, unconfirmed } from './delivered-outcome.ts'
import type { EventIn } from './event-in.ts'
import { Judge, type Judged } from './judge.ts'
import type { Line } from './line-splitter.ts'
import { type Outcome, type OutcomeName, refusalOf } from './outcome.ts'
import type { PublishTarget, TargetOf } from './publish-target.ts'
import type { TraceContext } from './record-headers.ts'

export interface EventStreamParts {
  targetOf: TargetOf
  producer: Pick<RecordProducer, 'assertAccepting' | 'hasRoom' | 'send'>
  topicLimits: Pick<TopicLimits, 'maxMessageBytes'>
  sink: ByteSink
  meter: EventMeter
  limits: Config['limits']
  publish: Pick<Config['publish'], 'deadlineMs' | 'streamEvents' | 'streamBytes'>
}

export interface EventStreamOptions {
  topic: string
  /** The event of a line, or what is wrong with the line. */
  eventOf: (line: Buffer) => EventIn | { violations: readonly Violation[] }
  /** Lowers the deadline of each event; it cannot raise it. */
  waitMs?: number
  trace?: TraceContext
  /** Whether outcomes are wanted of published events, too. */
  reportsPublished: boolean
  onOutcome: (line: number, outcome: Outcome) => void
  /** Events came to their outcomes: there may be room for others, or nothing may be open any more. */
  onSettled: () => void
}

export type OutcomeCounts = Record<OutcomeName, number>

/** An event whose outcome is not reported yet. */
interface OpenEvent {
  readonly line: number
  readonly takenAt: number
  /** What it takes of the bytes that may be open. */
  bytes: number
  /** Written as it should be, and nobody asked where. */
  outcome: Outcome | 'written' | undefined
  /** The event of the next line. */
  next: OpenEvent | undefined
}

const refreshMs = 1_000
// About what it takes in memory.
const violationBytes = 512

/**
 * Lines in, outcomes out, in the order of the lines, for as long as a request lasts. It holds a bounded number of open events:
 * whoever feeds it asks `hasRoom` before each line. Time is passed in by `tick`, a few times a second, until nothing is open.
 */
export class EventStream {
  readonly counts: OutcomeCounts = { published: 0, refused: 0, withheld: 0, failed: 0, unknown: 0 }
  readonly #parts: EventStreamParts
  readonly #options: EventStreamOptions
  readonly #deadlineMs: number
  #judge: Judge
  #head: OpenEvent | undefined
  #tail: OpenEvent | undefined
  #open = 0
  #openBytes = 0
  #lastLine = 0
  /** When Kafka last confirmed something, or nothing was asked of it. */
  #heardAt = Date.now()
  #refreshedAt = Date.now()
  #isRefreshing = false

  private constructor(target: PublishTarget, parts: EventStreamParts, options: EventStreamOptions) {
    this.#parts = parts
    this.#options = options
    this.#deadlineMs = Math.min(parts.publish.deadlineMs, options.waitMs ?? parts.publish.deadlineMs)
    this.#judge = this.#judgeFor(target)
  }

  /** Throws a GatewayError where events of the topic cannot be published now; nothing that comes later throws. */
  static async open(parts: EventStreamParts, options: EventStreamOptions): Promise<EventStream> {
    const target = await parts.targetOf(options.topic)
    parts.producer.assertAccepting(1, 0)
    return new EventStream(target, parts, options)
  }

  get hasRoom(): boolean {
    const { publish, producer } = this.#parts
    return this.#open < publish.streamEvents && this.#openBytes < publish.streamBytes && producer.hasRoom
  }

  /** Events that were taken and have no reported outcome yet. */
  get open(): number {
    return this.#open
  }

  /** The last line whose event, and those of all before it, came to a reported outcome. */
  get lastLine(): number {
    return this.#head ? this.#head.line - 1 : this.#lastLine
  }

  /** Kafka has neither confirmed nor taken anything for the whole deadline, though it was asked. */
  isUnheard(now: number): boolean {
    return now - this.#heardAt >= this.#parts.publish.deadlineMs
  }

  take(line: Line, number: number, now: number): void {
    const judged = this.#judged(line, now)
    const event: OpenEvent = { line: number, takenAt: now, bytes: 0, outcome: undefined, next: undefined }
    this.#append(event)
    if (judged.violations) {
      this.#grow(event, judged.violations.length * violationBytes)
      this.#settle(event, { outcome: 'refused', ...refusalOf(judged.violations) })
      return
    }
    const { record } = judged
    this.#grow(event, sizeOf(record))
    const { timestamp } = record
    this.#parts.producer.send(this.#options.topic, record, (delivery) => this.#deliver(event, delivery, timestamp))
  }

  /** Gives up on events that are past their deadline, and looks whether topic, contract and schema are as they were. */
  tick(now: number): void {
    this.#expire(now, this.#deadlineMs)
    if (this.#open === 0 && this.#parts.producer.hasRoom) this.#heardAt = now
    if (now - this.#refreshedAt >= refreshMs && !this.#isRefreshing) this.#refresh(now)
  }

  /** Whatever is open is unknown from now on. */
  giveUp(now: number): void {
    this.#expire(now, 0)
  }

  #judged(line: Line, now: number): Judged {
    const { sink, limits } = this.#parts
    if (line === 'too-long') return { violations: [tooLong(limits.eventBytes)] }
    const event = this.#options.eventOf(line)
    if ('violations' in event) return event
    sink.reset()
    return this.#judge.judge(event, now)
  }

  #judgeFor(target: PublishTarget): Judge {
    return new Judge(target, this.#parts.limits, this.#parts.sink, this.#options.trace)
  }

  #append(event: OpenEvent): void {
    if (this.#tail) this.#tail.next = event
    else this.#head = event
    this.#tail = event
    this.#open++
    this.#lastLine = event.line
  }

  #grow(event: OpenEvent, bytes: number): void {
    event.bytes = bytes
    this.#openBytes += bytes
  }

  #deliver(event: OpenEvent, delivery: Delivery, timestamp: number): void {
    this.#heardAt = Date.now()
    if (event.outcome) return
    if (delivery.status === 'failed' && delivery.tooLarge) {
      const limit = this.#parts.topicLimits.maxMessageBytes(this.#options.topic)
      limit.then((bytes) => this.#settle(event, oversizeOutcome(event.bytes, bytes)))
    } else if (delivery.status === 'written' && !this.#options.reportsPublished) this.#settle(event, 'written')
    else this.#settle(event, outcomeOf(delivery, timestamp))
  }

  #expire(now: number, ageMs: number): void {
    for (let event = this.#head; event && now - event.takenAt >= ageMs; event = event.next) {
      event.outcome ??= unconfirmed(now - event.takenAt)
    }
    this.#report()
  }

  #settle(event: OpenEvent, outcome: Outcome | 'written'): void {
    event.outcome ??= outcome
    if (event === this.#head) this.#report()
  }

  #report(): void {
    const { onOutcome, onSettled } = this.#options
    if (!this.#head?.outcome) return
    for (let event = this.#head as OpenEvent | undefined; event?.outcome; event = this.#head) {
      this.#head = event.next
      // The producer may hold an event that was given up on for minutes, and must not hold all later ones with it.
      event.next = undefined
      this.#open--
      this.#openBytes -= event.bytes
      const name = event.outcome === 'written' ? 'published' : event.outcome.outcome
      this.counts[name]++
      this.#parts.meter.count(name)
      if (event.outcome !== 'written') onOutcome(event.line, event.outcome)
    }
    if (!this.#head) this.#tail = undefined
    onSettled()
  }

  async #refresh(now: number): Promise<void> {
    this.#refreshedAt = now
    this.#isRefreshing = true
    try {
      this.#judge = this.#judgeFor(await this.#parts.targetOf(this.#options.topic))
    } catch {
      // What cannot be asked now stays as it was; Kafka itself refuses the events of a topic that is gone.
    } finally {
      this.#isRefreshing = false
    }
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
