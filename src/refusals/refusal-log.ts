import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'
import type { StoredRecord } from '../kafka/record.ts'
import type { RecordLog } from '../kafka/record-log.ts'
import type { LogPosition } from './refusal-cursors.ts'
import { fits, type RefusalFilter } from './refusal-filter.ts'
import { offsetOf, refusalId } from './refusal-id.ts'
import { type KeptRefusal, markOf, refusalOf, type SettledState } from './refusal-record.ts'
import { type RefusalState, RefusalStates } from './refusal-states.ts'

/** A refusal, and what became of it. */
export interface Refusal extends KeptRefusal {
  id: string
  state: RefusalState
}

export interface RefusalPage {
  refusals: Refusal[]
  /** Where to go on. */
  next: LogPosition | undefined
  atEnd: boolean
}

export interface PageWish {
  filter: RefusalFilter
  /** Where to begin; undefined: as the filter has it. */
  from: LogPosition | undefined
  limit: number
}

const readEvents = 1_000
const readBytes = 4_194_304
/** So many records are looked at for one page, however few of them fit. */
const mostLooked = 10_000
const shownLateMs = 1_000
const lookAgainMs = 25

/**
 * The refusals of one topic. What became of them is read from their log when somebody asks: at first all of it, then what has come
 * since. Nothing follows it, and nothing but a byte for each is held.
 */
export class RefusalLog {
  readonly #log: Pick<RecordLog, 'range' | 'read' | 'offsetAt'>
  #topicId: string | undefined
  #states = new RefusalStates(0)
  #reading: Promise<unknown> = Promise.resolve()

  constructor(log: Pick<RecordLog, 'range' | 'read' | 'offsetAt'>) {
    this.#log = log
  }

  /** Kafka's id of its topic; undefined where there is none. */
  get topicId(): string | undefined {
    return this.#topicId
  }

  get states(): Pick<RefusalStates, 'of' | 'open' | 'firstOpen' | 'first' | 'next'> {
    return this.#states
  }

  /**
   * Reads what has come since, up to what is committed now. False where there is no log.
   * Rejects with `kafka-unavailable` at the deadline; what was read until then need not be read again.
   */
  catchUp(deadline: number): Promise<boolean> {
    const reading = this.#reading.then(() => this.#catchUp(deadline))
    this.#reading = reading.catch(() => {})
    return reading
  }

  /** The same for one refusal, which brokers may show a moment later where a transaction ended right before it. */
  async catchUpTo(id: string, deadline: number): Promise<void> {
    const shownBy = Math.min(deadline, Date.now() + shownLateMs)
    while (await this.catchUp(deadline)) {
      const offset = this.#offsetOf(id)
      if (offset === undefined || offset < this.#states.next || Date.now() >= shownBy) return
      await delay(lookAgainMs)
    }
  }

  /** Of a mark that is committed: brokers may show it a moment later. */
  settled(offset: number, state: SettledState): void {
    this.#states.marked(offset, state)
  }

  /** To be called when it has caught up, as all below. */
  async page({ filter, from, limit }: PageWish, deadline: number): Promise<RefusalPage> {
    const { since, until, state } = filter
    const end = until === undefined ? this.#states.next : await this.#offsetAt(until)
    let next = this.#placeOf(from) ?? (since === undefined ? this.#states.first : await this.#offsetAt(since))
    const refusals: Refusal[] = []
    let bytes = 0
    for (let looked = 0; next < end && refusals.length < limit && looked < mostLooked && bytes < readBytes; ) {
      const start = state === 'open' ? (this.#states.firstOpen(next) ?? end) : next
      if (start >= end) return { refusals, next: this.#positionAt(end), atEnd: true }
      const read = await this.#log.read(start, { maxEvents: readEvents, maxBytes: readBytes, deadline })
      next = Math.max(read.next, start + 1)
      for (const record of read.records) {
        const refusal = record.offset < end ? this.#refusalOf(record) : undefined
        if (!refusal || !fits(filter, refusal, refusal.state)) continue
        refusals.push(refusal)
        bytes += record.bytes
        if (refusals.length < limit) continue
        next = refusal.offset + 1
        break
      }
      looked += read.records.length
    }
    return { refusals, next: this.#positionAt(Math.min(next, end)), atEnd: next >= end }
  }

  /** Rejects with `refusal-not-found`. */
  async one(id: string, deadline: number): Promise<Refusal> {
    const offset = this.#offsetOf(id)
    if (offset === undefined || this.#states.of(offset) === undefined) throw notFound(id)
    const { records } = await this.#log.read(offset, { maxEvents: 1, maxBytes: 1, deadline })
    const refusal = records.map((record) => this.#refusalOf(record)).find((found) => found?.offset === offset)
    if (!refusal) throw notFound(id)
    return refusal
  }

  #offsetOf(id: string): number | undefined {
    return this.#topicId === undefined ? undefined : offsetOf(id, this.#topicId)
  }

  #positionAt(offset: number): LogPosition | undefined {
    return this.#topicId === undefined ? undefined : { topicId: this.#topicId, offset }
  }

  #placeOf(from: LogPosition | undefined): number | undefined {
    if (from && from.topicId !== this.#topicId) {
      throw new GatewayError('topic-recreated', 'The topic of the refusals was recreated. Begin without a cursor.')
    }
    return from && Math.max(from.offset, this.#states.first)
  }

  async #offsetAt(timestampMs: number): Promise<number> {
    return Math.min(Math.max(await this.#log.offsetAt(timestampMs), this.#states.first), this.#states.next)
  }

  #refusalOf(record: StoredRecord): Refusal | undefined {
    const kept = refusalOf(record)
    const state = this.#states.of(record.offset)
    if (!kept || !state || this.#topicId === undefined) return undefined
    return { ...kept, id: refusalId(this.#topicId, kept.offset), state }
  }

  async #catchUp(deadline: number): Promise<boolean> {
    if (Date.now() >= deadline) throw tooLate()
    const range = await this.#log.range()
    if (!range) {
      this.#topicId = undefined
      return false
    }
    const { topicId, first, end } = range
    if (topicId !== this.#topicId) this.#states = new RefusalStates(first)
    this.#topicId = topicId
    this.#states.trim(first)
    while (this.#states.next < end) {
      if (Date.now() >= deadline) throw notReadYet(this.#states.next - first, end - first)
      const limits = { maxEvents: readEvents, maxBytes: readBytes, deadline: deadline + readGraceMs }
      const { records, next } = await this.#log.read(this.#states.next, limits)
      for (const record of records) this.#take(record)
      this.#states.readTo(next)
    }
    return true
  }

  #take(record: StoredRecord): void {
    const mark = markOf(record)
    if (mark) this.#states.marked(mark.of, mark.state)
    else if (refusalOf(record)) this.#states.refused(record.offset)
  }
}

// A read that was begun in time may end.
const readGraceMs = 1_000

const tooLate = (): GatewayError =>
  new GatewayError('kafka-unavailable', 'Others read the refusals of the topic first.', { retryAfterSeconds: 1 })

const notFound = (id: string): GatewayError =>
  new GatewayError(
    'refusal-not-found',
    `There is no refusal ${id}: it never was, retention has taken it, or Kafka does not show it yet.`,
  )

function notReadYet(read: number, all: number): GatewayError {
  const detail = `The refusals of the topic are being read: ${read} of ${all} records so far. Ask again; it goes on from there.`
  return new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1 })
}
