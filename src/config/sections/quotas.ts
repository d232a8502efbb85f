import { z } from 'zod'
import { quotaLimitsSchema } from '../../quotas/quota-limits.ts'

const className = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .meta({ expected: 'a name of letters, digits, `.`, `_` and `-`' })

export const quotasSchema = z.strictObject({
  classes: z
    .record(className, quotaLimitsSchema)
    .default({})
    .describe('What a caller of each class may do at most; `default` is for those who have no class.'),
  principals: z
    .record(z.string(), className)
    .default({})
    .describe('The classes of principals that come with tokens, by their ids.'),
})
