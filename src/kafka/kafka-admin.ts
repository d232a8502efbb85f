import kafka, { type IAdminClient, type LibrdKafkaError, type TopicDescription } from '@confluentinc/kafka-javascript'
import { GatewayError } from '../errors/gateway-error.ts'
import type { KafkaLog } from './kafka-log.ts'
import { type ClientProperties, kafkaCodes } from './native-client.ts'
import { Turns } from './turns.ts'

export interface PartitionOffset {
  partition: number
  offset: number
}

/** `topicId` as the client gives it; its declarations name a member that it does not have. */
export type DescribedTopic = Omit<TopicDescription, 'topicId'> & { topicId: { base64: string } }

export interface NewTopic {
  name: string
  partitions: number
  config: Readonly<Record<string, string>>
}

export const timeOf = { first: -2, last: -1 } as const

const { READ_COMMITTED, READ_UNCOMMITTED } = kafka.IsolationLevel
const mostAtOnce = 2
const mostWaiting = 1_000
const absent: ReadonlySet<number> = new Set([
  kafkaCodes.ERR_UNKNOWN_TOPIC_OR_PART,
  kafkaCodes.ERR_TOPIC_EXCEPTION,
  kafkaCodes.ERR_TOPIC_AUTHORIZATION_FAILED,
])

/**
 * What the gateway asks about topics. Every call ends within the limit, as `kafka-unavailable` at the latest; at most two
 * run at a time, because each holds one of Node's four threads while it waits for a broker.
 */
export class KafkaAdmin implements Disposable {
  readonly #client: IAdminClient
  readonly #limitMs: number
  readonly #turns = new Turns(mostAtOnce, mostWaiting)

  constructor(properties: ClientProperties, kafkaLog: KafkaLog, limitMs = 5_000) {
    this.#client = kafka.AdminClient.create({ ...properties })
    this.#limitMs = limitMs
    kafkaLog.follow(this.#client, 'admin')
  }

  /** Undefined: there is no such topic, or the gateway may not see it. */
  async describeTopic(topic: string): Promise<DescribedTopic | undefined> {
    const topics = await this.#call<TopicDescription[]>((timeout, done) =>
      this.#client.describeTopics([topic], { timeout }, done),
    )
    const found = topics[0] as DescribedTopic | undefined
    if (!found?.error) return found
    if (absent.has(found.error.code)) return undefined
    throw unavailable(found.error)
  }

  listTopics(): Promise<string[]> {
    return this.#call<string[]>((timeout, done) => this.#client.listTopics({ timeout }, done))
  }

  /**
   * With the cluster's own replication factor. A topic that is there already is as good. Rejects with `kafka-rejected` where
   * the cluster refuses, and `kafka-unavailable` where it was not asked or did not answer.
   */
  async createTopic({ name, partitions, config }: NewTopic): Promise<void> {
    const topic = { topic: name, num_partitions: partitions, replication_factor: -1, config: { ...config } }
    await this.#call<undefined>((timeout, done) =>
      this.#client.createTopic(topic, timeout, (error) => done(error, undefined)),
    ).catch((error: GatewayError) => {
      const { code = 0, message = '' } = (error.extras.cause ?? {}) as Partial<LibrdKafkaError>
      if (code === kafkaCodes.ERR_TOPIC_ALREADY_EXISTS) return
      // The client's own codes are negative.
      throw code > 0 ? new GatewayError('kafka-rejected', message) : error
    })
  }

  /**
   * @param time milliseconds since 1970, or one of {@link timeOf}. An offset of -1: no record is as late.
   * @param isCommitted only what readers can see: what stands before the first transaction that is under way
   */
  async listOffsets(
    topic: string,
    partitions: readonly number[],
    time: number,
    isCommitted = true,
  ): Promise<PartitionOffset[]> {
    if (partitions.length === 0) return []
    const asked = partitions.map((partition) => ({ topic, partition, offset: new kafka.OffsetSpec(time) }))
    const isolationLevel = isCommitted ? READ_COMMITTED : READ_UNCOMMITTED
    const results = await this.#call<({ error?: LibrdKafkaError } & PartitionOffset)[]>((timeout, done) =>
      this.#client.listOffsets(asked, { timeout, isolationLevel }, done),
    ).catch((error: GatewayError) => {
      const cause = error.extras.cause as LibrdKafkaError | undefined
      throw cause?.code === kafkaCodes.ERR__NOENT
        ? new GatewayError('topic-not-found', `There is no topic ${topic}.`)
        : error
    })
    return results.map(({ partition, offset, error }) => {
      if (!error) return { partition, offset }
      if (error.code === kafkaCodes.ERR__UNKNOWN_PARTITION || absent.has(error.code)) {
        throw new GatewayError('partition-not-found', `Topic ${topic} has no partition ${partition}.`)
      }
      throw unavailable(error)
    })
  }

  [Symbol.dispose](): void {
    this.#client.disconnect()
  }

  async #call<T>(start: (timeoutMs: number, done: (error: LibrdKafkaError, result: T) => void) => void): Promise<T> {
    const deadline = Date.now() + this.#limitMs
    await this.#turns.take({ deadline }).catch(() => {
      throw tooLate()
    })
    const timeout = Math.max(1, deadline - Date.now())
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const timer = setTimeout(() => reject(tooLate()), timeout)
    const done = (error: LibrdKafkaError | null, result?: T) => {
      this.#turns.give()
      if (error) reject(unavailable(error))
      else resolve(result as T)
    }
    try {
      start(timeout, done)
    } catch (error) {
      done(error as LibrdKafkaError)
    }
    return promise.finally(() => clearTimeout(timer))
  }
}

function tooLate(): GatewayError {
  return new GatewayError('kafka-unavailable', 'Kafka has not answered in time.', { retryAfterSeconds: 1 })
}

function unavailable(error: LibrdKafkaError): GatewayError {
  return new GatewayError('kafka-unavailable', `Kafka cannot answer: ${error.message}.`, {
    retryAfterSeconds: 1,
    cause: error,
  })
}
