import type { Contract } from '../contracts/contract.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { PartitionRange, TopicCatalog } from '../kafka/topic-catalog.ts'
import type { SchemaRef } from '../schemas/event-codec.ts'
import type { WriterSchemaOf } from '../schemas/schema-catalog.ts'

export interface TopicDirectoryParts {
  topics: Pick<TopicCatalog, 'find' | 'findCurrent' | 'list' | 'offsets'>
  contracts: ContractSource
  schemaOf: WriterSchemaOf
}

export interface TopicDescription {
  topic: string
  contract: Contract
  /** Null where the registry has none. */
  schema: SchemaRef | null
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
    if (!info) throw new GatewayError('topic-not-found', `There is no topic "${topic}".`)
    const contract = this.#parts.contracts.get(topic)
    const [partitions, schema] = await Promise.all([
      this.#parts.topics.offsets(
        topic,
        Array.from({ length: info.partitions }, (_, index) => index),
      ),
      this.#schemaRef(contract),
    ])
    return { topic, contract, schema, partitions }
  }

  async #schemaRef(contract: Contract): Promise<SchemaRef | null> {
    try {
      return (await this.#parts.schemaOf(contract))?.ref ?? null
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'schema-not-found') return null
      throw error
    }
  }
}
