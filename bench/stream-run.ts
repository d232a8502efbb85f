import { LineProcess } from './line-process.ts'
import type { OpenStreams, StreamsReceived, StreamsRequest } from './load-streams.ts'
import { collectedMemory, watched } from './process-usage.ts'
import type { OrdersLoad, ProducedOrders, ProduceRequest } from './produce-orders.ts'
import type { Server } from './rig.ts'

export interface StreamLoad extends OrdersLoad {
  readers: number
  seconds: number
  warmUpSeconds: number
}

export interface StreamFigures {
  deliveriesPerSecond: number
  /** From producing to receipt. */
  p50Ms: number
  p99Ms: number
  mostMs: number
  /** Who is late writes several at once, which is cheap: only where these are alike, processor times can be compared. */
  eventsPerPiece: number
  /** Processor time of the serving process. */
  cpuMicrosPerDelivery: number
  cpuPercent: number
  /** What the process has grown by for each, while nothing was published. */
  readerKiB: number
  idleMiB: number
  mostMiB: number
  /** Of the process that reads: where it is near 100, times are its own. */
  loadCpuPercent: number
}

export const streamPath = (topic: string): string => `/v1/stream?topics=${topic}`

/** Readers of one topic at a server, and what it takes to serve them. */
export class StreamRun implements AsyncDisposable {
  readonly #server: Server
  readonly #load: StreamLoad
  readonly #readers: LineProcess
  readonly #producer: LineProcess
  readonly #processes = new AsyncDisposableStack()
  #readerKiB = 0

  private constructor(server: Server, load: StreamLoad) {
    this.#server = server
    this.#load = load
    this.#readers = this.#processes.use(new LineProcess('load-streams.ts'))
    this.#producer = this.#processes.use(
      new LineProcess('produce-orders.ts', JSON.stringify(load satisfies OrdersLoad)),
    )
  }

  /** With all readers, after some events for warming up. The server has to be new: memory that it gave back before counts for nothing. */
  static async open(server: Server, load: StreamLoad): Promise<StreamRun> {
    await using opening = new AsyncDisposableStack()
    const run = opening.use(new StreamRun(server, load))
    await run.#open()
    await run.#deliver(load.warmUpSeconds)
    opening.move()
    return run
  }

  async measure(): Promise<{ figures: StreamFigures; produced: ProducedOrders }> {
    const { pid } = this.#server.part
    const idleBytes = await collectedMemory(pid)
    const { result, cpuSeconds, mostBytes } = await watched(pid, () => this.#deliver(this.#load.seconds))
    const { produced, received } = result
    const { deliveries, pieces, p50Ms, p99Ms, mostMs, lastAt } = received
    const figures: StreamFigures = {
      deliveriesPerSecond: deliveries / Math.max(this.#load.seconds, (lastAt - produced.startedAt) / 1000),
      p50Ms,
      p99Ms,
      mostMs,
      eventsPerPiece: deliveries / pieces,
      cpuMicrosPerDelivery: (cpuSeconds * 1e6) / deliveries,
      cpuPercent: (cpuSeconds * 100) / this.#load.seconds,
      readerKiB: this.#readerKiB,
      idleMiB: idleBytes / 2 ** 20,
      mostMiB: mostBytes / 2 ** 20,
      loadCpuPercent: (received.cpuSeconds * 100) / this.#load.seconds,
    }
    return { figures, produced }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes.disposeAsync()
  }

  /** What the first reader takes is not his: a consumer, and the code that has to be compiled. */
  async #open(): Promise<void> {
    const { topic, readers } = this.#load
    const { part, port, headers } = this.#server
    const open = (count: number) =>
      this.#ask<object>({ do: 'open', port, path: streamPath(topic), headers, readers: count } satisfies OpenStreams)
    await open(1)
    const before = await collectedMemory(part.pid)
    await open(readers - 1)
    this.#readerKiB = ((await collectedMemory(part.pid)) - before) / 1024 / (readers - 1)
  }

  async #deliver(seconds: number): Promise<{ produced: ProducedOrders; received: StreamsReceived }> {
    await this.#ask({ do: 'begin' })
    const produced = await this.#producer.ask<ProducedOrders>({ seconds } satisfies ProduceRequest)
    const received = await this.#ask<StreamsReceived>({ do: 'await', events: produced.events })
    if (received.wrongReaders > 0) {
      const { events } = produced
      throw new Error(`${received.wrongReaders} of ${this.#load.readers} readers did not get exactly ${events} events`)
    }
    return { produced, received }
  }

  #ask<Answer>(request: StreamsRequest): Promise<Answer> {
    return this.#readers.ask<Answer>(request)
  }
}
