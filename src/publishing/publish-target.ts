import type { Contract } from '../contracts/contract.ts'
import type { TopicInfo } from '../kafka/topic-catalog.ts'
import type { WriterSchema } from '../schemas/schema-catalog.ts'

/** All that judging and writing an event of a topic needs. */
export interface PublishTarget {
  contract: Contract
  topic: TopicInfo
  /** Null in a schemaless topic. */
  schema: WriterSchema | null
}

/** Without a promise where everything is known, as it is for nearly every event. */
export type TargetOf = (topic: string) => PublishTarget | Promise<PublishTarget>
