import { GatewayError } from '../errors/gateway-error.ts'
import type { KafkaLog } from './kafka-log.ts'
import {
  type ClientProperties,
  closeProducer,
  connectClient,
  createProducer,
  kafkaCodes,
  type LibrdKafkaError,
  type Producer,
} from './native-client.ts'
import { toNativeHeaders } from './native-record.ts'
import type { EncodedRecord } from './record.ts'

export interface TransactionalProducerParts {
  properties: ClientProperties
  /** Whoever begins with it after this one takes its place. */
  id: string
  kafkaLog: KafkaLog
  /** By `Date.now()`. */
  deadline: number
}

export interface AddressedRecord {
  topic: string
  record: EncodedRecord
}

export interface WrittenPosition {
  partition: number
  offset: number
}

interface Report extends WrittenPosition {
  opaque: { of: readonly WrittenPosition[]; index: number }
}

/** What became of a transaction, after which nothing more can be written but where it is `committed`. `aborted`: nothing of it is to be seen, or ever will be. */
export type Transacted =
  | { status: 'committed'; positions: WrittenPosition[] }
  | { status: 'aborted'; reason: string; isSuperseded: boolean; code: number }
  | { status: 'unknown'; reason: string; isSuperseded: boolean }

const connectMs = 5_000
const leastMs = 1_000
const superseding: ReadonlySet<number> = new Set([
  kafkaCodes.ERR__FENCED,
  kafkaCodes.ERR_PRODUCER_FENCED,
  kafkaCodes.ERR_INVALID_PRODUCER_EPOCH,
])

/**
 * A producer for the transactions of one work (up to the first that is not committed: whatever the next one writes after a record
 * that Kafka has refused, librdkafka purges), of which there is one at a time in the whole cluster, by its id: once this one has
 * begun, all of the transactions of those before it have ended, and none of them can begin another.
 */
export class TransactionalProducer implements AsyncDisposable {
  readonly #client: Producer
  readonly #deadline: number

  private constructor(client: Producer, deadline: number) {
    this.#client = client
    this.#deadline = deadline
  }

  /** Rejects with `kafka-unavailable`, or `state-unavailable` where the gateway may not use the id. */
  static async begin({
    properties,
    id,
    kafkaLog,
    deadline,
  }: TransactionalProducerParts): Promise<TransactionalProducer> {
    const client = createProducer({ ...properties, 'transactional.id': id })
    kafkaLog.follow(client, 'producer')
    // Without a listener an error would end the process; whatever matters is said where it is called.
    client.on('event.error', () => {})
    const producer = new TransactionalProducer(client, deadline)
    try {
      await connectClient(client, Math.max(leastMs, Math.min(connectMs, deadline - Date.now())))
      client.setPollInBackground(true)
      await producer.#call((done) => client.initTransactions(producer.#leftMs, done))
      return producer
    } catch (error) {
      await producer[Symbol.asyncDispose]()
      throw notBegun(id, error as LibrdKafkaError)
    }
  }

  /**
   * Writes records and, once it is known where they stand, others that say so: all of them, or none.
   * Never rejects, but for what `others` throws.
   */
  async transact(
    records: readonly AddressedRecord[],
    others: (positions: readonly WrittenPosition[]) => readonly AddressedRecord[],
  ): Promise<Transacted> {
    try {
      await this.#call((done) => this.#client.beginTransaction(done))
      const positions = await this.#write(records)
      await this.#write(others(positions))
      const committed = await this.#commit()
      return committed ?? { status: 'committed', positions }
    } catch (error) {
      return this.#abort(error as LibrdKafkaError)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeProducer(this.#client)
  }

  get #leftMs(): number {
    return Math.max(leastMs, this.#deadline - Date.now())
  }

  #write(records: readonly AddressedRecord[]): Promise<WrittenPosition[]> {
    const client = this.#client
    const { promise, resolve, reject } = Promise.withResolvers<WrittenPosition[]>()
    const positions: WrittenPosition[] = new Array(records.length)
    let open = records.length
    if (open === 0) resolve(positions)
    const onReport = (error: LibrdKafkaError | null, { opaque, partition, offset }: Report) => {
      // Of the other records of the transaction.
      if (opaque.of !== positions) return
      if (error) reject(error)
      positions[opaque.index] = { partition, offset }
      if (--open === 0) resolve(positions)
    }
    const listener = onReport as unknown as Parameters<typeof client.on<'delivery-report'>>[1]
    client.on('delivery-report', listener)
    try {
      for (const [index, { topic, record }] of records.entries()) {
        const { partition = null, key, value, timestamp, headers } = record
        client.produce(topic, partition, value, key, timestamp, { of: positions, index }, toNativeHeaders(headers))
      }
    } catch (error) {
      reject(error)
    }
    return promise.finally(() => client.removeListener('delivery-report', listener))
  }

  /** Undefined where it is committed. Rejects where it has to be aborted. */
  async #commit(): Promise<Transacted | undefined> {
    try {
      await this.#call((done) => this.#client.commitTransaction(this.#leftMs, done))
      return undefined
    } catch (error) {
      const { message, code, isTxnRequiresAbort } = error as LibrdKafkaError
      if (isTxnRequiresAbort) throw error
      // The coordinator may have decided, and its answer been lost.
      return { status: 'unknown', reason: message, isSuperseded: superseding.has(code) }
    }
  }

  async #abort({ message: reason, code, isFatal }: LibrdKafkaError): Promise<Transacted> {
    const aborted: Transacted = { status: 'aborted', reason, code, isSuperseded: superseding.has(code) }
    if (isFatal || aborted.isSuperseded) return aborted
    // Where this fails, Kafka aborts it by itself: nothing of it can be committed any more.
    await this.#call((done) => this.#client.abortTransaction(this.#leftMs, done)).catch((error) => {
      if (superseding.has((error as LibrdKafkaError).code)) aborted.isSuperseded = true
    })
    return aborted
  }

  #call(start: (done: (error: LibrdKafkaError | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
  }
}

function notBegun(id: string, { code, message }: LibrdKafkaError): GatewayError {
  if (code === kafkaCodes.ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    const detail = `The gateway's user needs WRITE and DESCRIBE on the transactional id ${id}: ${message}.`
    return new GatewayError('state-unavailable', detail, { retryAfterSeconds: 30 })
  }
  const detail = `No transaction can be begun: ${message}.`
  return new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1 })
}
