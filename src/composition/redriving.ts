import type { LoadedConfig } from '../config/load-config.ts'
import { provideTopic } from '../kafka/own-topic.ts'
import { TransactionalProducer } from '../kafka/transactional-producer.ts'
import type { Audit } from '../observability/audit.ts'
import type { SubscriptionMeter } from '../observability/subscription-metrics.ts'
import { DeadLetterHeaders } from '../subscriptions/dead-letter.ts'
import { RedrivenLetters } from '../subscriptions/redriving/redriven-letters.ts'
import { Redriving } from '../subscriptions/redriving/redriving.ts'
import type { KafkaParts } from './kafka.ts'

interface RedrivingParts {
  loaded: LoadedConfig
  kafka: KafkaParts
  meter: SubscriptionMeter
  audit: Audit
}

/** Of looking for the letters, too. */
const transactionLimitMs = 60_000
const lettersTopic = { name: '_headgate.redrives', config: { 'cleanup.policy': 'compact' } }

/** What dead letters are written with, and given again by. */
export function openRedriving({ loaded, kafka, meter, audit }: RedrivingParts) {
  const { settings, kafkaLog, state, topics, records } = kafka
  const own = { admin: state.admin, topics }
  const headers = new DeadLetterHeaders(loaded.secrets.cursor)
  /** Gives where it ends. */
  const provideRedriven = (name: string): Promise<number> =>
    provideTopic({ ...own, name, config: {} }, async () => (await topics.offsets(name, [0]))[0]?.last ?? 0)
  const provideTopics = (redriven: string) =>
    Promise.all([provideRedriven(redriven), provideTopic({ ...own, ...lettersTopic }, async () => {})])
  return {
    headers,
    provideRedriven,
    redriving: new Redriving({
      topics,
      records,
      headers,
      redriven: new RedrivenLetters({ name: lettersTopic.name, topics, records }),
      provideTopics,
      beginTransactions: (id) =>
        TransactionalProducer.begin({
          properties: settings.producer,
          id,
          kafkaLog,
          deadline: Date.now() + transactionLimitMs,
        }),
      meter,
      audit,
    }),
  }
}
