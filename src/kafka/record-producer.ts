import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { isBeyondShare } from '../quotas/fair-share.ts'
import { retryBackoffMs } from './client-settings.ts'
import { type Delivery, outcomeOfReport, outcomeOfThrow } from './delivery-outcome.ts'
import { InFlight, type InFlightEvent } from './in-flight.ts'
import { kafkaCodes, type LibrdKafkaError, type Producer } from './native-client.ts'
import { recordBytes, toNativeHeaders } from './native-record.ts'
import { ProducerConnection, type ProducerConnectionParts } from './producer-connection.ts'
import type { EncodedRecord } from './record.ts'

export interface RecordProducerParts extends Omit<ProducerConnectionParts, 'onClient' | 'isStalled'> {
  publish: Config['publish']
}

interface SentRecord {
  inFlight: InFlight<SentRecord>
  sentAt: number
  onDelivery: (delivery: Delivery) => void
}

interface NativeReport {
  partition: number
  offset: number
  timestamp?: number
  opaque: InFlightEvent<SentRecord>
}

const retryAfterSeconds = 1
const longRequestsShare = 0.75
const flushOnDisposeMs = 10_000
// The client takes up to a fifth off, at random.
const leastRetryMs = retryBackoffMs * 0.75

/** A worker's one producer, for all its connections. Disposing sends first what it accepted. */
export class RecordProducer implements AsyncDisposable {
  readonly #publish: Config['publish']
  #inFlight = new InFlight<SentRecord>()
  readonly #aside = new InFlight<SentRecord>()
  readonly #connection: ProducerConnection

  private constructor({ publish, ...parts }: RecordProducerParts) {
    this.#publish = publish
    this.#connection = new ProducerConnection({
      ...parts,
      onClient: (client) => this.#takeReports(client),
      isStalled: () => this.#isStalled,
    })
  }

  /** Returns at once and connects for as long as it takes; until then `assertAccepting` throws. */
  static start(parts: RecordProducerParts): RecordProducer {
    return new RecordProducer(parts)
  }

  /** Native producers of this worker that hold connections: one, whatever the number of callers. */
  get openClients(): number {
    return this.#connection.client ? 1 : 0
  }

  get inFlight(): { readonly events: number; readonly bytes: number; readonly oldestAgeMs: number } {
    return this.#inFlight
  }

  get #isStalled(): boolean {
    return this.#inFlight.oldestAgeMs > this.#publish.stalledAfterMs
  }

  /** Whether a long request, which can wait, should send one more event now: a part of the room is left to short ones. */
  get hasRoom(): boolean {
    const { inFlightEvents, inFlightBytes } = this.#publish
    const { events, bytes } = this.#inFlight
    const isFree = events < inFlightEvents * longRequestsShare && bytes < inFlightBytes * longRequestsShare
    return isFree && this.#connection.isUp && !this.#isStalled
  }

  /** Whether one more event of the caller leaves a share to others. */
  hasRoomFor(caller: string): boolean {
    return this.hasRoom && !this.#isBeyondShare(caller, 1, 0)
  }

  /**
   * Throws `kafka-unavailable` or `gateway-full` where the events of a request should not be sent now.
   * @param caller absent for what the gateway itself writes
   */
  assertAccepting(events: number, bytes: number, caller?: string): void {
    const { stalledAfterMs, inFlightEvents, inFlightBytes } = this.#publish
    if (!this.#connection.isUp) throw unavailable(`No broker is connected (${this.#connection.lastFault}).`)
    if (this.#isStalled) {
      throw unavailable(`Kafka has not confirmed earlier events for more than ${stalledAfterMs} ms.`)
    }
    if (this.#inFlight.events + events > inFlightEvents || this.#inFlight.bytes + bytes > inFlightBytes) {
      const limits = `${inFlightEvents} events or ${inFlightBytes} bytes`
      throw new GatewayError('gateway-full', `The gateway waits for Kafka to confirm ${limits} already.`, {
        retryAfterSeconds,
      })
    }
    if (caller === undefined || !this.#isBeyondShare(caller, events, bytes)) return
    const detail = 'The gateway waits for Kafka to confirm as many events of this caller as leave room for others.'
    throw new GatewayError('gateway-full', detail, { retryAfterSeconds })
  }

  #isBeyondShare(caller: string, events: number, bytes: number): boolean {
    const { inFlightEvents, inFlightBytes } = this.#publish
    const used = this.#inFlight
    // Most of the time there is no need to know whose they are.
    if (used.events + events <= inFlightEvents / 2 && used.bytes + bytes <= inFlightBytes / 2) return false
    const { events: heldEvents, bytes: heldBytes, holders } = used.shareOf(caller)
    return (
      isBeyondShare({ room: inFlightEvents, used: used.events, held: heldEvents, wanted: events, holders }) ||
      isBeyondShare({ room: inFlightBytes, used: used.bytes, held: heldBytes, wanted: bytes, holders })
    )
  }

  /**
   * Hands a record to the client, which copies key, value and headers before this returns: their buffers may be reused.
   * `onDelivery` is called exactly once, and must not throw: before this returns if the client refuses the record, else when
   * Kafka has answered or the client gave up, which takes minutes. Who cannot wait that long sets a deadline of its own.
   */
  send(topic: string, record: EncodedRecord, onDelivery: (delivery: Delivery) => void, caller?: string): void {
    this.#send(topic, record, { inFlight: this.#inFlight, sentAt: performance.now(), onDelivery }, caller)
  }

  /** The same for what no request waits for: should Kafka hold it up, requests go on. Few at a time. */
  sendAside(topic: string, record: EncodedRecord, onDelivery: (delivery: Delivery) => void): void {
    this.#send(topic, record, { inFlight: this.#aside, sentAt: performance.now(), onDelivery })
  }

  #send(topic: string, record: EncodedRecord, sent: SentRecord, caller?: string): void {
    const { inFlight, onDelivery } = sent
    const client = this.#connection.client
    if (!client) {
      onDelivery({ status: 'failed', code: kafkaCodes.ERR__STATE, reason: 'no broker is connected' })
      return
    }
    const { partition = null, key, value, timestamp, headers } = record
    const event = inFlight.add(recordBytes(record), caller, sent)
    try {
      client.produce(topic, partition, value, key, timestamp, event, toNativeHeaders(headers))
    } catch (error) {
      inFlight.remove(event)
      this.#connection.noteThrow(client, error as LibrdKafkaError)
      onDelivery(outcomeOfThrow(error))
    }
  }

  /** True when Kafka has answered for everything that was accepted before, false after `limitMs`. */
  flush(limitMs: number): Promise<boolean> {
    return this.#inFlight.empty(limitMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#connection.isUp) await this.flush(flushOnDisposeMs)
    await this.#connection[Symbol.asyncDispose]()
  }

  #takeReports(client: Producer): void {
    // One count a client: what a client that broke leaves unanswered must not count against its successor.
    this.#inFlight = new InFlight<SentRecord>()
    const onReport = (error: LibrdKafkaError | null, report: NativeReport) => {
      const { inFlight, sentAt, onDelivery } = report.opaque.owner
      inFlight.remove(report.opaque)
      if (!error) onDelivery(writtenAt(report))
      else onDelivery(outcomeOfReport(error.code, error.message, performance.now() - sentAt >= leastRetryMs))
    }
    client.on('delivery-report', onReport as Parameters<typeof client.on<'delivery-report'>>[1])
  }
}

function writtenAt({ partition, offset, timestamp = -1 }: NativeReport): Delivery {
  if (offset >= 0) return { status: 'written', partition, offset, timestamp }
  return { status: 'unknown', reason: 'written, but Kafka did not say at which offset' }
}

function unavailable(detail: string): GatewayError {
  return new GatewayError('kafka-unavailable', detail, { retryAfterSeconds })
}
