import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'
import type { KafkaAdmin } from './kafka-admin.ts'
import { kafkaCodes } from './native-client.ts'
import type { TopicCatalog, TopicInfo } from './topic-catalog.ts'

/** A topic of the gateway's own. */
export interface OwnTopic {
  name: string
  /** Kafka's settings of the topic, where the gateway creates it. */
  config: Readonly<Record<string, string>>
  admin: Pick<KafkaAdmin, 'createTopic'>
  topics: Pick<TopicCatalog, 'refresh'>
}

const lookAgainMs = 50
const appearsWithinMs = 10_000

/** What `place` makes of the topic, which is created where there is none. Rejects with `kafka-unavailable` or `state-unavailable`. */
export async function provideTopic<T>(own: OwnTopic, place: (topic: TopicInfo) => Promise<T>): Promise<T> {
  const { name, topics } = own
  if (!(await topics.refresh(name))) await create(own)
  // Brokers learn of a new topic, and who leads it, after it was created: here, or by another replica a moment ago.
  const deadline = Date.now() + appearsWithinMs
  let failure = unusable(own, 'it is not to be seen')
  while (Date.now() < deadline) {
    try {
      const topic = await topics.refresh(name)
      if (topic) return await place(topic)
    } catch (error) {
      failure = error as GatewayError
    }
    await delay(lookAgainMs)
  }
  throw failure
}

function create(own: OwnTopic): Promise<void> {
  const { name, config, admin } = own
  return admin.createTopic({ name, partitions: 1, config }).catch((error: GatewayError) => {
    throw error.code === 'kafka-rejected' ? unusable(own, error.message) : error
  })
}

export function unusable({ name, config }: Pick<OwnTopic, 'name' | 'config'>, reason: string): GatewayError {
  const settings = ['one partition', ...Object.entries(config).map(([key, value]) => `${key}=${value}`)].join(', ')
  const detail =
    `The topic ${name} cannot be used: ${reason}. ` +
    `The gateway's user needs CREATE, DESCRIBE, READ and WRITE on it; where it may not create topics, create it with ${settings}.`
  return new GatewayError('state-unavailable', detail, { retryAfterSeconds: 30 })
}

export const isForbidden = (code: number): boolean =>
  code === kafkaCodes.ERR_TOPIC_AUTHORIZATION_FAILED || code === kafkaCodes.ERR_CLUSTER_AUTHORIZATION_FAILED
