import { z } from 'zod'

export const contractsSchema = z.strictObject({
  directory: z.string().optional().describe('Folder of contract files (`*.yaml`).'),
})
