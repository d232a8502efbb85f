import { z } from 'zod'
import { bytes, count, ms, port } from './values.ts'

export const subscriptionsSchema = z.strictObject({
  groupProtocol: z
    .enum(['classic', 'consumer'])
    .default('classic')
    .describe(
      'How consumer groups of subscriptions share partitions. `consumer` (KIP-848) leaves the timing to the brokers, which take 45 s to notice a killed replica; `classic` takes 6 s.',
    ),
  active: count
    .default(500)
    .describe('Most subscriptions that one replica serves at once; each is a member of a consumer group. Past it 503.'),
  idleMs: ms.default(60_000).describe('How long after its last receiver a replica leaves the group of a subscription.'),
  leasedEvents: count.default(5_000).describe('Most events of one partition that are leased at once.'),
  unleasedEvents: count
    .default(5_000)
    .describe('Events of one partition that wait for a receiver, from which no more are fetched.'),
  heldEvents: count
    .default(10_000)
    .describe('Events of one partition that are held, leased or not, from which no more are fetched.'),
  heldBytes: bytes.default(16_777_216).describe('The same in bytes.'),
  waitMs: ms
    .default(5_000)
    .describe('How long Kafka may take to give the settings of subscriptions, or to take a change.'),
})

export const internalSchema = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address on which replicas call each other, for subscriptions. `0.0.0.0` for all of a private network.'),
  port: port.default(0).describe('Port for it; `0` takes a free one.'),
  advertise: z
    .string()
    .regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$/)
    .meta({ expected: '`HOST` or `HOST:PORT`' })
    .optional()
    .describe(
      'Where other replicas reach it: `HOST` or `HOST:PORT`. By default `internal.host`, or the first address of the machine where that is all of them.',
    ),
})
