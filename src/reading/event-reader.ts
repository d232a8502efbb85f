import type { Config } from '../config/config.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import type { Permit } from '../contracts/rules.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { OffsetGone } from '../errors/offset-gone.ts'
import type { ReadResult } from '../kafka/positioned-read.ts'
import type { ReaderPool } from '../kafka/reader-pool.ts'
import type { Tail } from '../kafka/tail.ts'
import type { TopicInfo } from '../kafka/topic-catalog.ts'
import type { TopicPosition } from './cursor.ts'
import type { Event } from './event.ts'
import type { EventDecoder, ReadOptions } from './event-decoder.ts'
import { type EventWish, matchingEvents } from './matching-events.ts'
import { Positions, type PositionsParts, type ReadStart } from './positions.ts'

export interface EventReaderParts extends PositionsParts {
  contracts: ContractSource
  records: Pick<ReaderPool, 'read'>
  tail: Pick<Tail, 'waitForRecords'>
  decoder: Pick<EventDecoder, 'open' | 'decode'>
  limits: Config['limits']
}

export interface EventQuery extends EventWish, ReadStart {
  /** Whether the contract lets the caller: asked again with that by which events are shown. */
  permit: Permit
  caller: string
  limit: number
  waitMs: number
  /** Ends a long poll whose caller is gone. */
  signal: AbortSignal
}

export interface EventPage {
  events: Event[]
  cursor: string
  atEnd: boolean
}

/** What one read of Kafka gave. */
interface Batch {
  events: Event[]
  /** Where to go on. */
  position: TopicPosition
  atEnd: boolean
  looked: { records: number; bytes: number }
}

const readLimitMs = 10_000
/** With a filter, a request reads on until something matches, or until it has looked at so much. */
const search = { batchRecords: 1_000, records: 20_000, readsOfBytes: 8, ms: 5_000 } as const

/** Reads by cursor and by offset. A long poll holds no consumer: it waits on the tail. */
export class EventReader {
  readonly #parts: EventReaderParts
  readonly #positions: Positions

  constructor(parts: EventReaderParts) {
    this.#parts = parts
    this.#positions = new Positions(parts)
  }

  /** Throws GatewayErrors: `topic-not-found`, `cursor-expired`, `kafka-unavailable`, … */
  async read(topic: string, query: EventQuery): Promise<EventPage> {
    query.permit(this.#parts.contracts.get(topic))
    const startedAt = Date.now()
    const waitUntil = startedAt + query.waitMs
    const searchUntil = Math.max(waitUntil, startedAt + search.ms)
    const looked = { records: 0, bytes: 0 }
    let batch = await this.#batch(await this.#positions.start(topic, query), query)
    while (batch.events.length === 0 && !query.signal.aborted) {
      looked.records += batch.looked.records
      looked.bytes += batch.looked.bytes
      if (this.#hasLookedEnough(looked)) break
      const goesOn = batch.atEnd
        ? await this.#hasMore(batch.position, query, waitUntil)
        : query.filter !== undefined && Date.now() < searchUntil
      if (!goesOn) break
      batch = await this.#batch(batch.position, query)
    }
    return { events: batch.events, cursor: this.#sign(batch.position), atEnd: batch.atEnd }
  }

  async readOne(
    topic: string,
    partition: number,
    offset: number,
    options: ReadOptions & Pick<EventQuery, 'caller' | 'permit'>,
  ): Promise<Event> {
    options.permit(this.#parts.contracts.get(topic))
    const info = await this.#positions.topic(topic)
    this.#positions.assertPartition(info, partition)
    const [range] = await this.#parts.topics.offsets(topic, [partition])
    if (range && offset < range.first) throw goneOffset(partition, offset, range.first)
    if (!range || offset >= range.last) throw noEvent(info, partition, offset)
    const { records } = await this.#parts.records.read({
      topic,
      positions: new Map([[partition, offset]]),
      maxEvents: 1,
      maxBytes: this.#parts.limits.readBytes,
      timeoutMs: readLimitMs,
      caller: options.caller,
    })
    const [record] = records
    if (record?.offset !== offset) throw noEvent(info, partition, offset)
    const contract = this.#parts.contracts.get(topic)
    options.permit(contract)
    return this.#parts.decoder.decode(record, contract, options)
  }

  async #batch(position: TopicPosition, query: EventQuery): Promise<Batch> {
    const { records, next, atEnd } = await this.#records(position, query)
    const contract = this.#parts.contracts.get(position.topic)
    query.permit(contract)
    const { events, looked } = await matchingEvents(this.#parts.decoder, records, contract, query)
    const taken = looked === records.length ? records : records.slice(0, looked)
    const bytes = taken.reduce((sum, record) => sum + record.bytes, 0)
    const found = { events, looked: { records: looked, bytes } }
    if (taken === records) return { ...found, position: { ...position, next }, atEnd }
    const after = taken.map(({ partition, offset }): [number, number] => [partition, offset + 1])
    return { ...found, position: { ...position, next: new Map([...position.next, ...after]) }, atEnd: false }
  }

  #hasLookedEnough({ records, bytes }: Batch['looked']): boolean {
    return records >= search.records || bytes >= search.readsOfBytes * this.#parts.limits.readBytes
  }

  /** Waits, as long as the reader wants to, for records at the end. */
  async #hasMore({ topic, next }: TopicPosition, { signal }: EventQuery, waitUntil: number): Promise<boolean> {
    const timeoutMs = waitUntil - Date.now()
    return timeoutMs > 0 && this.#parts.tail.waitForRecords(topic, next, { signal, timeoutMs })
  }

  async #records(position: TopicPosition, { limit, filter, signal, caller }: EventQuery): Promise<ReadResult> {
    try {
      return await this.#parts.records.read({
        topic: position.topic,
        positions: position.next,
        maxEvents: filter ? Math.max(limit, search.batchRecords) : limit,
        maxBytes: this.#parts.limits.readBytes,
        timeoutMs: readLimitMs,
        signal,
        caller,
      })
    } catch (error) {
      if (!(error instanceof OffsetGone)) throw error
      throw await this.#expired(position)
    }
  }

  /** Names every gap of the position, and gives a cursor that goes on after them. */
  async #expired(position: TopicPosition): Promise<GatewayError> {
    const gone = await this.#positions.gaps(position)
    const next = new Map([...position.next, ...gone.map(({ partition, to }): [number, number] => [partition, to])])
    const gaps = gone.map(({ partition, from, to }) => `partition ${partition} begins at offset ${to}, not at ${from}`)
    const detail = `Events at this position are gone: ${gaps.join('; ')}. The cursor of this answer goes on after them.`
    const cursor = this.#sign({ ...position, next })
    return new GatewayError('cursor-expired', detail, { members: { gone, cursor } })
  }

  #sign(position: TopicPosition): string {
    return this.#parts.cursors.sign({ topics: [position] })
  }
}

function goneOffset(partition: number, offset: number, first: number): GatewayError {
  const detail = `Partition ${partition} now begins at offset ${first}; offset ${offset} is gone.`
  return new GatewayError('cursor-expired', detail, { members: { gone: [{ partition, from: offset, to: first }] } })
}

function noEvent({ name }: TopicInfo, partition: number, offset: number): GatewayError {
  return new GatewayError(
    'event-not-found',
    `Topic "${name}" has no event at offset ${offset} of partition ${partition}.`,
  )
}
