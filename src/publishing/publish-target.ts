import type { Contract } from '../contracts/contract.ts'
import type { Deprecation } from '../contracts/deprecation.ts'
import type { TopicInfo } from '../kafka/topic-catalog.ts'
import type { WriterSchema } from '../schemas/schema-catalog.ts'

/** All that judging and writing an event of a topic needs. */
export interface PublishTarget {
  contract: Contract
  topic: TopicInfo
  /** Null in a schemaless topic. */
  schema: WriterSchema | null
  /** What the contract says against publishing like this. */
  deprecation: Deprecation | undefined
}

/** Null in a schemaless topic. */
export const versionOf = ({ schema }: PublishTarget): number | null => schema?.ref.version ?? null

/**
 * `schemaVersion` is the version of the schema that the caller asks for. Without a promise where everything is known, as it is for nearly
 * every event.
 */
export type TargetOf = (topic: string, schemaVersion?: number) => PublishTarget | Promise<PublishTarget>
