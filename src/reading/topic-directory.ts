import type { Contract } from '../contracts/contract.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { PartitionRange, TopicCatalog } from '../kafka/topic-catalog.ts'
import type { WriterSchema, WriterSchemaOf } from '../schemas/schema-catalog.ts'

export interface TopicDirectoryParts {
  topics: Pick<TopicCatalog, 'find' | 'findCurrent' | 'list' | 'offsets'>
  contracts: ContractSource
  schemaOf: WriterSchemaOf
}

/** What is known of the events of a topic. */
export interface BoundTopic {
  topic: string
  contract: Contract
  /** Null where the registry has none. */
  schema: WriterSchema | null
}

export interface TopicDescription extends BoundTopic {
  partitions: readonly PartitionRange[]
}

/** What there is to publish to and to read from. Who may see it is the caller's to decide. */
export class TopicDirectory {
  readonly #parts: TopicDirectoryParts

  constructor(parts: TopicDirectoryParts) {
    this.#parts = parts
  }

  /** Names that `isVisible` lets through, in order, with their number of partitions. */
  async list(isVisible: (topic: string) => boolean): Promise<{ topic: string; partitions: number }[]> {
    const names = (await this.#parts.topics.list()).filter(isVisible).sort()
    const found = await Promise.all(names.map((name) => this.#parts.topics.find(name)))
    return found.filter((info) => info !== undefined).map(({ name, partitions }) => ({ topic: name, partitions }))
  }

  async describe(topic: string): Promise<TopicDescription> {
    const info = await this.#parts.topics.findCurrent(topic)
    if (!info) throw noTopic(topic)
    const contract = this.#parts.contracts.get(topic)
    const [partitions, schema] = await Promise.all([
      this.#parts.topics.offsets(
        topic,
        Array.from({ length: info.partitions }, (_, index) => index),
      ),
      this.#schemaOf(contract),
    ])
    return { topic, contract, schema, partitions }
  }

  /** Without asking Kafka for what it has in it. */
  async bound(topic: string): Promise<BoundTopic> {
    if (!(await this.#parts.topics.find(topic))) throw noTopic(topic)
    const contract = this.#parts.contracts.get(topic)
    return { topic, contract, schema: await this.#schemaOf(contract) }
  }

  async #schemaOf(contract: Contract): Promise<WriterSchema | null> {
    try {
      return await this.#parts.schemaOf(contract)
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'schema-not-found') return null
      throw error
    }
  }
}

const noTopic = (topic: string): GatewayError => new GatewayError('topic-not-found', `There is no topic "${topic}".`)
