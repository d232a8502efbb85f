import type { Config } from '../config/config.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { OffsetGone } from '../errors/offset-gone.ts'
import type { ReadResult } from '../kafka/positioned-read.ts'
import type { ReaderPool } from '../kafka/reader-pool.ts'
import type { Tail } from '../kafka/tail.ts'
import type { TopicInfo } from '../kafka/topic-catalog.ts'
import type { DecodeOptions } from '../schemas/event-codec.ts'
import type { TopicPosition } from './cursor.ts'
import type { Event } from './event.ts'
import type { EventDecoder } from './event-decoder.ts'
import { Positions, type PositionsParts, type ReadStart } from './positions.ts'

export interface EventReaderParts extends PositionsParts {
  contracts: ContractSource
  records: Pick<ReaderPool, 'read'>
  tail: Pick<Tail, 'waitForRecords'>
  decoder: EventDecoder
  limits: Config['limits']
}

export interface EventQuery extends DecodeOptions, ReadStart {
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

const readLimitMs = 10_000

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
    const deadline = Date.now() + query.waitMs
    let position = await this.#positions.start(topic, query)
    let result = await this.#records(position, query)
    while (result.records.length === 0 && result.atEnd && !query.signal.aborted) {
      position = { ...position, next: result.next }
      const timeoutMs = deadline - Date.now()
      if (timeoutMs <= 0) break
      const { signal } = query
      if (!(await this.#parts.tail.waitForRecords(topic, position.next, { signal, timeoutMs }))) break
      result = await this.#records(position, query)
    }
    const contract = this.#parts.contracts.get(topic)
    const events: Event[] = []
    for (const record of result.records) {
      const event = this.#parts.decoder.decode(record, contract, query)
      events.push(event instanceof Promise ? await event : event)
    }
    return { events, cursor: this.#sign({ ...position, next: result.next }), atEnd: result.atEnd }
  }

  async readOne(topic: string, partition: number, offset: number, options: DecodeOptions): Promise<Event> {
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
    })
    const [record] = records
    if (record?.offset !== offset) throw noEvent(info, partition, offset)
    return this.#parts.decoder.decode(record, this.#parts.contracts.get(topic), options)
  }

  async #records(position: TopicPosition, { limit, signal }: EventQuery): Promise<ReadResult> {
    try {
      return await this.#parts.records.read({
        topic: position.topic,
        positions: position.next,
        maxEvents: limit,
        maxBytes: this.#parts.limits.readBytes,
        timeoutMs: readLimitMs,
        signal,
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
