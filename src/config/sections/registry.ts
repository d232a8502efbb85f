import { z } from 'zod'
import { httpUrl, ms } from './values.ts'

export const registrySchema = z.strictObject({
  url: httpUrl.describe("Base URL of Confluent's API, path included."),
  username: z.string().optional().describe('User for basic authentication; the password is a secret.'),
  caFile: z.string().optional().describe('PEM file of the authorities to trust.'),
  certFile: z.string().optional().describe('PEM file of the client certificate.'),
  keyFile: z.string().optional().describe("PEM file of the client certificate's key."),
  timeoutMs: ms.default(5_000).describe('Limit on one request to the registry.'),
  bundle: z
    .string()
    .optional()
    .describe('File of `./headgate schema bundle`: schemas to start with while the registry is away.'),
  latestTtlMs: ms.default(30_000).describe('How long "latest version" is trusted before it is asked again.'),
})
