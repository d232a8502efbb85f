import { z } from 'zod'

const signingKey = z.string().min(32).meta({ expected: '32 characters or more' })

/** What must never be printed. Kept apart from the configuration, so that a config can be. */
export const secretsSchema = z.strictObject({
  cursor: z
    .array(signingKey)
    .min(1)
    .describe('Keys that sign cursors, comma-separated, 32 characters or more each: the first signs, all verify.'),
  apiKeyPepper: z
    .array(signingKey)
    .min(1)
    .optional()
    .describe(
      'Keys that API keys are hashed with, comma-separated, 32 characters or more each: the first hashes, all judge. Without one there are no API keys.',
    ),
  tlsKeyPassphrase: z.string().optional().describe('Opens the key of `http.tls.keyFile` where it is encrypted.'),
  masking: signingKey
    .optional()
    .describe(
      'Key that pseudonyms of masked fields are made with, 32 characters or more, the same on all replicas: with another one all pseudonyms change. Needed where a contract hashes.',
    ),
  registryPassword: z.string().optional().describe('Password for basic authentication at the registry.'),
  kafka: z
    .record(z.string(), z.string())
    .default({})
    .describe('Secret settings of librdkafka by their own names: `sasl.password`, `ssl.key.password`, …'),
})
