import { z } from 'zod'
import { ms } from './values.ts'

export const contractsSchema = z.strictObject({
  directory: z.string().optional().describe('Folder of contract files (`*.yaml`).'),
  reloadMs: ms.default(5_000).describe('How often the files are looked at.'),
  waitMs: ms
    .default(5_000)
    .describe(
      'How long Kafka may take with contracts: to give them to a replica that has just started, or to take a change.',
    ),
  revisions: z.int().min(1).max(10_000).default(100).describe('How many revisions of each contract are kept.'),
  maxBytes: z.int().min(1).max(500_000).default(65_536).describe('Bytes of JSON that a contract may have.'),
})
