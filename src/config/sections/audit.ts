import { z } from 'zod'
import { count, ms } from './values.ts'

export const auditSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether changes and refusals of access are written to the topic `_headgate.audit`.'),
  retentionDays: count
    .max(36_500)
    .default(400)
    .describe('How long the topic keeps them, where the gateway creates it; of one that is there Kafka decides.'),
  windowMs: ms
    .default(5_000)
    .describe(
      'Time in which refusals that are the same are counted in one record; also how often Kafka is tried again.',
    ),
  entries: count
    .default(1_000)
    .describe('Most records that are held until Kafka takes them, of changes and of refusals each.'),
  waitMs: ms.default(2_000).describe('How long the answer to a change waits for its record.'),
})
