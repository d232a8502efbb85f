import { z } from 'zod'

const count = z.int().min(1)

const rate = z.strictObject({
  limit: count.describe('So many in so many seconds: all at once after a pause, and else as time goes by.'),
  seconds: z.int().min(1).max(86_400).default(1).describe('The window, in seconds.'),
})

/** What somebody may do at most, as configuration and contracts have it. What is absent is not limited. */
export const quotaLimitsSchema = z.strictObject({
  requests: rate.optional(),
  events: rate.optional(),
  bytes: rate.optional(),
  streams: count.optional(),
})

export type Rate = Readonly<z.output<typeof rate>>
export type RateName = 'requests' | 'events' | 'bytes'
export type QuotaName = RateName | 'streams'
export type QuotaLimits = Readonly<z.output<typeof quotaLimitsSchema>>
