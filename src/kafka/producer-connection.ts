import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../observability/logger.ts'
import type { PartHealth } from '../observability/part-health.ts'
import type { KafkaLog } from './kafka-log.ts'
import {
  type ClientProperties,
  closeProducer,
  connectClient,
  createProducer,
  isNoBroker,
  kafkaCodes,
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

  /** What `produce()` threw. Only here a fatal error shows itself: its event has the text of the error that was its cause. */
  noteThrow(client: Producer, error: LibrdKafkaError): void {
    if (error.code === kafkaCodes.ERR__FATAL && client === this.#client) this.#replace(client, error)
  }

  get lastFault(): string {
    return this.#lastFault
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#connecting
    this.#up = false
    if (this.#client) await closeProducer(this.#client)
    this.#client = undefined
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
    this.#lastFault = error.message
    if (client !== this.#client) return
    if (isNoBroker(error)) this.#setDown(error.message)
  }

  /** After a fatal error a client accepts nothing more. What it still reports goes to its records' owners. */
  #replace(client: Producer, error: LibrdKafkaError): void {
    this.#setDown(error.message)
    this.#client = undefined
    if (this.#closing.signal.aborted) return
    this.#connecting = Promise.all([closeProducer(client), this.#connect(this.#create())]).then(() => {})
  }

  #takeStatistics(json: string): void {
    // Not parsed: with many topics it is large, and the brokers come first.
    if (!/"state":\s*"UP"/.test(json)) this.#setDown('no broker is connected')
    else if (this.#parts.isStalled()) this.#parts.health.down('events are not confirmed')
    else this.#setUp()
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
