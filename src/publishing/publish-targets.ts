import type { Contract } from '../contracts/contract.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { deprecationOf } from '../contracts/deprecation.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { RecordProducer } from '../kafka/record-producer.ts'
import type { TopicCatalog, TopicInfo } from '../kafka/topic-catalog.ts'
import type { WriterSchema, WriterSchemaOf } from '../schemas/schema-catalog.ts'
import { assertBeforeSunset } from './deprecated.ts'
import type { PublishTarget, TargetOf } from './publish-target.ts'

interface TargetParts {
  contracts: ContractSource
  topics: Pick<TopicCatalog, 'find'>
  schemaOf: WriterSchemaOf
  producer: Pick<RecordProducer, 'assertAccepting'>
}

/** The topic is asked for first: a topic that does not exist has no schema to look for. */
export function publishTargets({ contracts, topics, schemaOf, producer }: TargetParts): TargetOf {
  const known = (
    name: string,
    topic: TopicInfo | undefined,
    schemaVersion: number | undefined,
  ): PublishTarget | Promise<PublishTarget> => {
    if (!topic) throw noTopic(name)
    const contract = contracts.get(name)
    const schema = schemaOf(contract, schemaVersion)
    if (schema instanceof Promise) return schema.then((found) => target(contract, topic, found))
    return target(contract, topic, schema)
  }
  return (name, schemaVersion) => {
    const topic = topics.find(name)
    if (!(topic instanceof Promise)) return known(name, topic, schemaVersion)
    topic.catch(() => {})
    // With Kafka away the answer would come when the question's time is over: say so at once.
    producer.assertAccepting(0, 0)
    return topic.then((found) => known(name, found, schemaVersion))
  }
}

function target(contract: Contract, topic: TopicInfo, schema: WriterSchema | null): PublishTarget {
  const deprecation = contract.deprecation && deprecationOf(contract.deprecation, schema?.ref.version ?? null)
  if (deprecation) assertBeforeSunset(deprecation, Date.now())
  return { contract, topic, schema, deprecation }
}

const noTopic = (name: string): GatewayError =>
  new GatewayError('topic-not-found', `There is no topic "${name}". The gateway does not create topics by publishing.`)
