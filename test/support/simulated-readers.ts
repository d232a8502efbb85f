import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { configSchema } from '../../src/config/config.ts'
import { defaultContract } from '../../src/contracts/contract.ts'
import { unlimited } from '../../src/quotas/quotas.ts'
import { CursorSigner } from '../../src/reading/cursor-signer.ts'
import type { Event } from '../../src/reading/event.ts'
import { Positions } from '../../src/reading/positions.ts'
import { ndjsonForm } from '../../src/streams/forms/ndjson-form.ts'
import { LiveStreams } from '../../src/streams/live-streams.ts'
import type { StreamReader } from '../../src/streams/stream-reader.ts'
import { pollUntil } from './poll.ts'
import { SimulatedLog, SimulatedTail } from './simulated-log.ts'

const partitions = 2
const ignored = (): void => {}

interface Replica {
  tail: SimulatedTail
  streams: LiveStreams
}

/** One reader before two replicas, all in memory. It is at the beginning of its topics first. */
export class SimulatedReaders implements AsyncDisposable {
  readonly log = new SimulatedLog()
  readonly replicas: readonly Replica[]
  /** Of each partition, the offsets that the reader got. */
  readonly got: Record<string, number[]> = {}
  readonly gaps: unknown[] = []
  readonly #topics: readonly string[]
  readonly #cursors = new CursorSigner(['a secret of a simulation, long enough'])
  #reader: StreamReader | undefined
  #takesMore = true
  #mustDrain = false
  #unseen: { event?: Event; gap?: unknown; cursor: string }[] = []
  #cursor: string | undefined

  private constructor(topics: readonly string[], ringRecords: number) {
    this.#topics = topics
    this.replicas = [this.#replica(ringRecords), this.#replica(ringRecords)]
    for (const topic of topics) for (let at = 0; at < partitions; at++) this.got[`${topic}/${at}`] = []
  }

  static async open(topics: readonly string[], ringRecords: number): Promise<SimulatedReaders> {
    const readers = new SimulatedReaders(topics, ringRecords)
    await readers.#connect(0)
    return readers
  }

  /** What Kafka has, in the form of {@link got}. */
  stored(): Record<string, number[]> {
    return Object.fromEntries(Object.keys(this.got).map((key) => [key, this.log.partitions.get(key)?.offsets ?? []]))
  }

  /** Whether the reader's connection takes more than one message at a time. */
  takes(more: boolean): void {
    this.#takesMore = more
    if (more) this.#drain()
  }

  pause(topic: string, isPaused: boolean): void {
    this.#reader?.move((topics) => {
      for (const each of topics) if (each.followed.topic === topic) each.isPaused = isPaused
      return topics
    }, ignored)
  }

  /** The connection breaks when so many of the messages under way have been read, and is opened anew. */
  async reconnect(seen: number, replica: number): Promise<void> {
    this.#see(seen)
    this.#unseen = []
    this.#reader?.gone()
    await this.#connect(replica)
  }

  /** The gateway ends the stream; the reader reads all of it, and goes on where it was told. */
  async end(replica: number): Promise<void> {
    this.#reader?.end('stream-age-reached', '')
    await this.reconnect(Number.POSITIVE_INFINITY, replica)
  }

  /** Until everything has been read. */
  async settle(isDone = () => JSON.stringify(this.got) === JSON.stringify(this.stored())): Promise<void> {
    for (const topic of this.#topics) this.pause(topic, false)
    this.takes(true)
    await pollUntil(() => {
      for (const { tail } of this.replicas) tail.move(3)
      this.#drain()
      this.#see(Number.POSITIVE_INFINITY)
      return isDone()
    }, 3_000).catch(() => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { streams } of this.replicas) streams[Symbol.dispose]()
  }

  async #connect(replica: number): Promise<void> {
    const { streams } = this.replicas[replica] as Replica
    const reader = await streams.openStream({
      permit() {},
      pace: unlimited,
      caller: 'somebody',
      topics: this.#topics,
      cursor: this.#cursor === undefined ? undefined : this.#cursors.verify(this.#cursor),
      from: { at: 'earliest' },
      longs: 'number',
      unmasked: new Set(),
      form: ndjsonForm,
      credentials: { expiresAt: Number.POSITIVE_INFINITY, areTrusted: () => true },
      connection: {
        write: (bytes) => this.#receive(bytes),
        writeAll: (pieces) => this.#receive(Buffer.concat(pieces)),
        end: (bytes) => void this.#receive(bytes),
        cut: () => reader.gone(),
      },
    })
    this.#reader = reader
    this.#mustDrain = false
    reader.start()
  }

  #receive(bytes: Buffer): boolean {
    for (const line of bytes.toString().trimEnd().split('\n')) {
      this.#unseen.push(JSON.parse(line))
    }
    this.#mustDrain = !this.#takesMore
    return this.#takesMore
  }

  #drain(): void {
    while (this.#mustDrain) {
      this.#mustDrain = false
      this.#reader?.drained()
    }
  }

  #see(count: number): void {
    for (const { event, gap, cursor } of this.#unseen.splice(0, count)) {
      this.#cursor = cursor
      if (gap) this.gaps.push(gap)
      if (event) this.got[`${event.topic}/${event.partition}`]?.push(event.offset)
    }
  }

  #replica(ringRecords: number): Replica {
    const { log } = this
    const tail = new SimulatedTail(log)
    const info = (name: string) => ({ name, id: `id of ${name}`, partitions })
    const topics = {
      findCurrent: info,
      refresh: async (name: string) => info(name),
      offsets: async (topic: string, of: readonly number[]) =>
        of.map((partition) => {
          const { first, end } = log.partition(topic, partition)
          return { partition, first, last: end }
        }),
      offsetsAt: () => assert.fail('nobody asks by time'),
    }
    const { stream } = configSchema.parse({
      registry: { url: 'http://127.0.0.1:1' },
      auth: { issuer: 'http://127.0.0.1:1', audience: 'test' },
      stream: { ringBytes: Math.max(1, ringRecords * 612) },
    })
    const streams = new LiveStreams({
      admit() {},
      contracts: { get: defaultContract, list: () => [] },
      topics,
      positions: new Positions({ topics, cursors: this.#cursors }),
      cursors: this.#cursors,
      decoder: {
        open: ({ topic, partition, offset }) => {
          const event: Event = {
            topic,
            partition,
            offset,
            timestamp: null,
            key: null,
            headers: {},
            value: null,
            schema: null,
          }
          return () => event
        },
        maskedBy: () => undefined,
      },
      tail,
      records: {
        async read(request) {
          const result = log.read({ ...request, maxEvents: 3 })
          await delay(1)
          return result
        },
      },
      settings: stream,
      log: pino({ level: 'silent' }),
    })
    return { tail, streams }
  }
}
