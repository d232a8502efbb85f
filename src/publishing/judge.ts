import { mostViolations, type Violation } from '../errors/violation.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { EncodedRecord } from '../kafka/record.ts'
import type { ByteSink } from '../schemas/byte-sink.ts'
import type { WriterSchema } from '../schemas/schema-catalog.ts'
import type { EventIn } from './event-in.ts'
import type { PublishTarget } from './publish-target.ts'
import { type HeaderLimits, recordHeaders, type TraceContext } from './record-headers.ts'
import { type KeyRule, keyRule } from './record-key.ts'

export interface JudgeLimits extends HeaderLimits {
  eventBytes: number
  keyBytes: number
}

/** The verdict on one event: the record to send, or every reason not to. */
export type Judged =
  | { record: EncodedRecord; violations?: never }
  | { violations: readonly Violation[]; record?: never }

/** Judges the events of one request against one target. The records' values are views into the sink. */
export class Judge {
  readonly #target: PublishTarget
  readonly #limits: JudgeLimits
  readonly #sink: ByteSink
  readonly #key: KeyRule
  readonly #trace: TraceContext | undefined

  constructor(target: PublishTarget, limits: JudgeLimits, sink: ByteSink, trace?: TraceContext) {
    this.#target = target
    this.#limits = limits
    this.#sink = sink
    this.#trace = trace
    this.#key = keyRule(target.contract, limits.keyBytes)
  }

  /** `now`, in milliseconds since 1970, is the time of an event that brings none. */
  judge(event: EventIn, now: number): Judged {
    const violations: Violation[] = []
    const value = this.#encode(event.value, violations)
    if (event.value === null && !this.#target.contract.write.tombstones) violations.push(noTombstone)
    const key = this.#key(event)
    if ('violation' in key) violations.push(key.violation)
    const headers = recordHeaders(this.#withTypeOfValue(event), this.#trace, this.#limits)
    if ('violations' in headers) violations.push(...headers.violations.slice(0, mostViolations))
    const { partition, timestamp = now } = event
    if (partition !== undefined && partition >= this.#target.topic.partitions)
      violations.push(this.#noPartition(partition))
    if (violations.length > 0 || 'violation' in key || 'violations' in headers) return { violations }
    const record: EncodedRecord = { key: key.key, value, timestamp, headers: headers.headers }
    if (partition !== undefined) record.partition = partition
    return { record }
  }

  /** For requests so large that one of their events may be too large: the event's own JSON, without white space. */
  oversize(event: EventIn): Violation | undefined {
    const bytes = Buffer.byteLength(JSON.stringify(event.value))
    if (bytes <= this.#limits.eventBytes) return undefined
    return {
      pointer: '',
      code: 'event-too-large',
      message: 'The event is too large.',
      expected: `at most ${this.#limits.eventBytes} bytes of JSON`,
      found: `${bytes} bytes`,
    }
  }

  #encode(value: JsonValue, violations: Violation[]): Buffer | null {
    if (value === null) return null
    const { schema } = this.#target
    return schema ? this.#encodeBySchema(value, schema, violations) : Buffer.from(JSON.stringify(value), 'utf8')
  }

  #encodeBySchema(value: JsonValue, { prefix, codec }: WriterSchema, violations: Violation[]): Buffer {
    const start = this.#sink.length
    this.#sink.raw(prefix)
    const found = codec.encode(value, this.#sink)
    if (found.length === 0) return this.#sink.slice(start, this.#sink.length)
    violations.push(...found)
    this.#sink.cut(start)
    return this.#sink.slice(start, start)
  }

  #withTypeOfValue(event: EventIn): EventIn {
    const isAvro = this.#target.schema !== null && event.value !== null
    return isAvro && event.contentType !== undefined ? { ...event, contentType: 'application/avro' } : event
  }

  #noPartition(partition: number): Violation {
    const { name, partitions } = this.#target.topic
    return {
      pointer: '',
      in: 'partition',
      code: 'unknown-partition',
      message: `Topic "${name}" has ${partitions} partitions.`,
      expected: `0 to ${partitions - 1}`,
      found: `number ${partition}`,
    }
  }
}

const noTombstone: Violation = {
  pointer: '',
  code: 'tombstone-not-allowed',
  message: 'The contract does not allow tombstones.',
  expected: 'a value',
  found: 'null',
}
