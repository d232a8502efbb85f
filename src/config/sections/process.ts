import { z } from 'zod'
import { ms } from './values.ts'

export const logSchema = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe('Least level logged.'),
})

export const stopSchema = z.strictObject({
  graceMs: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(5_000)
    .describe('How long `/readyz` says 503 before connections close.'),
  limitMs: ms.default(20_000).describe('Limit on the whole stop.'),
})
