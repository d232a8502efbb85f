import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../observability/logger.ts'
import type { PartHealth } from '../observability/part-health.ts'
import type { KafkaLog } from './kafka-log.ts'
import {
  type ClientProperties,
  connectClient,
  createProducer,
  faultOf,
  type LibrdKafkaError,
  type Producer,
} from './native-client.ts'

export interface ProducerConnectionParts {
  properties: ClientProperties
  health: PartHealth
  log: Logger
  kafkaLog: KafkaLog
  /** Called with each client before it connects, to take its delivery reports. */
  onClient: (client: Producer) => void
  /** Kafka is connected, and does not answer. */
  isStalled: () => boolean
}

const attemptMs = 5_000
const pauseMs = 500
const closeLimitMs = 5_000

/**
 * The native producer and whether Kafka is there: connecting → up ⇄ down, for as long as the process lives. Down and up again
 * happen inside the client, which goes on trying; only a fatal error replaces it. Before the first connection the
 * health stays `starting`.
 */
export class ProducerConnection implements AsyncDisposable {
  readonly #parts: ProducerConnectionParts
  readonly #closing = new AbortController()
  #client: Producer | undefined
  #connecting: Promise<void>
  #up = false
  #lastFault = 'not connected yet'
  #faultAt = 0
  #faults = 0
  readonly #afterStatistics: (() => void)[] = []

  /** Throws at once where librdkafka does not accept the properties. */
  constructor(parts: ProducerConnectionParts) {
    this.#parts = parts
    this.#connecting = this.#connect(this.#create())
  }

  /** Undefined until there was a first connection. */
  get client(): Producer | undefined {
    return this.#client
  }

  get isUp(): boolean {
    return this.#up
  }

  /** Whether a connection failed since then: what was accepted before may have been sent twice. Known within a second. */
  hasFailedSince(time: number): boolean {
    return this.#faultAt >= time
  }

  /** Runs within a second, when every fault until now is known. */
  afterStatistics(run: () => void): void {
    this.#afterStatistics.push(run)
  }

  get lastFault(): string {
    return this.#lastFault
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#connecting
    this.#up = false
    if (this.#client) await close(this.#client)
    this.#client = undefined
    this.#faultAt = Date.now()
    this.#runAfterStatistics()
  }

  #create(): Producer {
    const client = createProducer(this.#parts.properties)
    this.#parts.kafkaLog.follow(client, 'producer')
    this.#parts.onClient(client)
    client.on('event.error', (error) => this.#fault(client, error))
    client.on('event.stats', ({ message }) => {
      if (client === this.#client) this.#takeStatistics(message)
    })
    return client
  }

  async #connect(first: Producer): Promise<void> {
    for (let client = first; !this.#closing.signal.aborted; client = this.#create()) {
      try {
        await connectClient(client, attemptMs)
        // Any earlier, this call crashes the process.
        client.setPollInBackground(true)
        this.#client = client
        this.#setUp()
        return
      } catch (error) {
        this.#lastFault = (error as Error).message
        client.removeAllListeners()
        this.#parts.log.warn({ cause: this.#lastFault }, 'Kafka cannot be reached; trying again')
        await delay(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      }
    }
  }

  #fault(client: Producer, error: LibrdKafkaError): void {
    this.#faultAt = Date.now()
    this.#lastFault = error.message
    if (client !== this.#client) return
    const fault = faultOf(error)
    if (fault === 'no-broker') this.#setDown(error.message)
    if (fault === 'fatal') this.#replace(client, error)
  }

  /** After a fatal error a client accepts nothing more. What it still reports goes to its records' owners. */
  #replace(client: Producer, error: LibrdKafkaError): void {
    this.#setDown(error.message)
    this.#client = undefined
    this.#faults = 0
    if (this.#closing.signal.aborted) return
    this.#connecting = Promise.all([close(client), this.#connect(this.#create())]).then(() => {})
  }

  #takeStatistics(json: string): void {
    // Not parsed: with many topics it is large, and the brokers come first.
    if (!/"state":\s*"UP"/.test(json)) this.#setDown('no broker is connected')
    else if (this.#parts.isStalled()) this.#parts.health.down('events are not confirmed')
    else this.#setUp()
    // librdkafka leaves out events of equal faults; its counters have them all.
    let faults = 0
    for (const [, count] of json.matchAll(/"(?:disconnects|req_timeouts)":\s*(\d+)/g)) faults += Number(count)
    if (faults !== this.#faults) this.#faultAt = Date.now()
    this.#faults = faults
    this.#runAfterStatistics()
  }

  #runAfterStatistics(): void {
    for (const run of this.#afterStatistics.splice(0)) run()
  }

  #setUp(): void {
    this.#up = true
    this.#parts.health.up()
  }

  #setDown(cause: string): void {
    this.#up = false
    this.#parts.health.down(cause)
  }
}

async function close(client: Producer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, closeLimitMs)
  client.disconnect(0, () => resolve())
  await promise
  clearTimeout(timer)
}
