import { randomUUID } from 'node:crypto'
import type { KafkaLog } from './kafka-log.ts'
import type { ClientProperties } from './native-client.ts'
import type { ReadResult } from './positioned-read.ts'
import { type RangesOf, type ReadRequest, RecordReader } from './record-reader.ts'
import { Turns } from './turns.ts'

export interface ReaderPoolParts {
  properties: ClientProperties
  /** Most consumers. */
  size: number
  kafkaLog: KafkaLog
  rangesOf: RangesOf
  /** Most reads that wait for a consumer; past it `gateway-full`. */
  mostWaiting?: number
  idleMs?: number
}

/** The consumers of all reads by position. Reads beyond their number wait in turn; idle consumers are closed. */
export class ReaderPool implements AsyncDisposable {
  readonly #parts: ReaderPoolParts
  readonly #turns: Turns
  readonly #idleMs: number
  readonly #idle: { reader: RecordReader; timer: NodeJS.Timeout }[] = []
  readonly #open = new Set<RecordReader>()
  #isClosed = false

  constructor(parts: ReaderPoolParts) {
    this.#parts = parts
    this.#idleMs = parts.idleMs ?? 60_000
    this.#turns = new Turns(parts.size, parts.mostWaiting ?? 1_000)
  }

  get openConsumers(): number {
    return this.#open.size
  }

  /**
   * Reads from each position until a limit is reached or every partition ends. Throws {@link OffsetGone}, the signal's
   * reason, or a GatewayError: `kafka-unavailable`, `gateway-full`, `topic-not-found`.
   */
  async read(request: ReadRequest): Promise<ReadResult> {
    if (request.positions.size === 0) return { records: [], next: new Map(), atEnd: true }
    const deadline = Date.now() + request.timeoutMs
    const { signal, caller } = request
    await this.#turns.take({ deadline, ...(signal && { signal }), ...(caller !== undefined && { caller }) })
    try {
      const reader = this.#takeIdle() ?? (await this.#connect(deadline))
      try {
        return await reader.read(request, deadline)
      } finally {
        this.#giveBack(reader)
      }
    } finally {
      this.#turns.give()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer)
    await Promise.all([...this.#open].map((reader) => this.#close(reader)))
  }

  async #connect(deadline: number): Promise<RecordReader> {
    const { properties, kafkaLog, rangesOf } = this.#parts
    const named = { ...properties, 'group.id': `headgate-reader-${randomUUID()}` }
    const reader = await RecordReader.connect(named, kafkaLog, rangesOf, Math.max(1, deadline - Date.now()))
    this.#open.add(reader)
    return reader
  }

  #takeIdle(): RecordReader | undefined {
    const last = this.#idle.pop()
    clearTimeout(last?.timer)
    return last?.reader
  }

  #giveBack(reader: RecordReader): void {
    if (reader.isSpent || this.#isClosed) {
      void this.#close(reader)
      return
    }
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((entry) => entry.reader === reader),
        1,
      )
      void this.#close(reader)
    }, this.#idleMs)
    this.#idle.push({ reader, timer: timer.unref() })
  }

  async #close(reader: RecordReader): Promise<void> {
    this.#open.delete(reader)
    await reader.close()
  }
}
