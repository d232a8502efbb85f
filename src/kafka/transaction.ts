import { setTimeout as delay } from 'node:timers/promises'
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

export interface TransactionParts {
  properties: ClientProperties
  /** Of all who open one id, only the last can commit. */
  id: string
  kafkaLog: KafkaLog
}

export interface TransactionRecord {
  topic: string
  record: EncodedRecord
}

type Call = (done: (error: LibrdKafkaError | null) => void) => void

const connectLimitMs = 5_000
const callLimitMs = 10_000
const commitLimitMs = 20_000
const retryMs = 100
const mostQueueFull = 100

/**
 * Writes several records or none of them. To have opened it means that whoever opened its id before writes nothing more, and that
 * what he had not committed is undone: what is read from then on is how things stand.
 */
export class Transaction implements AsyncDisposable {
  readonly #client: Producer

  private constructor(client: Producer) {
    this.#client = client
  }

  /** Rejects with `kafka-unavailable`, and with `state-unavailable` where the gateway's user may not use the id. */
  static async open({ properties, id, kafkaLog }: TransactionParts): Promise<Transaction> {
    const client = createProducer({ ...properties, 'transactional.id': id })
    kafkaLog.follow(client, 'producer')
    // Without a listener an error would end the process; whatever matters is said where it is called.
    client.on('event.error', () => {})
    const transaction = new Transaction(client)
    try {
      await connectClient(client, connectLimitMs)
      client.setPollInBackground(true)
      await settled((done) => client.initTransactions(callLimitMs, done))
      return transaction
    } catch (error) {
      await transaction[Symbol.asyncDispose]()
      throw refusalOf(error as LibrdKafkaError, 'Nothing was changed.')
    }
  }

  /** Once. Rejects with `kafka-unavailable`; where Kafka has not said whether it was written, with `mayBeDone`. */
  async commit(records: readonly TransactionRecord[]): Promise<void> {
    const client = this.#client
    try {
      await settled((done) => client.beginTransaction(done))
      for (const each of records) await this.#produce(each)
    } catch (error) {
      await this.#abort()
      throw refusalOf(error as LibrdKafkaError, 'Nothing was written.')
    }
    const deadline = Date.now() + commitLimitMs
    for (;;) {
      const error = await settled((done) => client.commitTransaction(callLimitMs, done)).then(
        () => undefined,
        (cause: LibrdKafkaError) => cause,
      )
      if (!error) return
      // Where somebody has opened the id since, what he has found under way may have been committed by then.
      if (error.isTxnRequiresAbort && (await this.#abort())) throw refusalOf(error, 'Nothing was written.')
      if (!error.isRetriable || Date.now() >= deadline) {
        const detail = `Kafka has not said whether it was written: ${error.message}.`
        throw new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1, mayBeDone: true, cause: error })
      }
      await delay(retryMs)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return closeProducer(this.#client)
  }

  async #produce({ topic, record }: TransactionRecord): Promise<void> {
    const { partition = null, key, value, timestamp, headers } = record
    for (let attempt = 1; ; attempt++) {
      try {
        this.#client.produce(topic, partition, value, key, timestamp, undefined, toNativeHeaders(headers))
        return
      } catch (error) {
        if (!isQueueFull(error as LibrdKafkaError) || attempt >= mostQueueFull) throw error
        await delay(retryMs)
      }
    }
  }

  /** True where it is certain that nothing was written. */
  #abort(): Promise<boolean> {
    return settled((done) => this.#client.abortTransaction(callLimitMs, done)).then(
      () => true,
      () => false,
    )
  }
}

function settled(call: Call): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))
}

const isQueueFull = ({ code }: LibrdKafkaError): boolean => code === kafkaCodes.ERR__QUEUE_FULL

function refusalOf(error: LibrdKafkaError, whatFollows: string): GatewayError {
  if (error.code === kafkaCodes.ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    const detail = "The gateway's user needs WRITE and DESCRIBE on the transactional ids `headgate.*`."
    return new GatewayError('state-unavailable', detail, { retryAfterSeconds: 30, cause: error })
  }
  const detail = `Kafka has not taken the transaction: ${error.message}. ${whatFollows}`
  return new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1, cause: error })
}
