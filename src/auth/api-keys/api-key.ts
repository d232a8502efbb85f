import { z } from 'zod'
import { actions } from '../../scopes/scope-name.ts'

const time = z.int().min(0)

const secretSchema = z.object({
  label: z.string(),
  /** Names the pepper that the hash was made with. */
  pepper: z.string(),
  /** HMAC-SHA-256 of the key's text, base64url. */
  hash: z.string(),
  /** Null for the one that has not been replaced. */
  expiresAt: time.nullable(),
})

/** A key as the topic has it. Times are milliseconds since the epoch. */
export const apiKeySchema = z.object({
  id: z.string(),
  description: z.string(),
  owner: z.string(),
  scopes: z.array(z.string()),
  addresses: z.array(z.string()).nullable(),
  quotaClass: z.string(),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.nullable(),
  rotatedAt: time.nullable(),
  /** The newest first; two while a rotation overlaps. */
  secrets: z.array(secretSchema).min(1),
})

export const revocationSchema = z.object({ at: time, by: z.string() })
export const useSchema = z.object({ at: time })

export type StoredApiKey = Readonly<z.infer<typeof apiKeySchema>>
export type StoredSecret = Readonly<z.infer<typeof secretSchema>>

/** What is known of a key. */
export interface ApiKey extends StoredApiKey {
  revokedAt: number | null
  lastUsedAt: number | null
}

/** A key makes no keys: whoever has lost one need not look for others that came from it. */
export const givenActions = actions.filter((action) => action !== 'keys' && action !== 'admin')

export type ApiKeyStatus = 'active' | 'expired' | 'revoked'

export function statusOf({ revokedAt, expiresAt }: ApiKey, now: number): ApiKeyStatus {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && now >= expiresAt ? 'expired' : 'active'
}

/** The secret of that label, unless its time is over. */
export function currentSecret({ secrets }: StoredApiKey, label: string, now: number): StoredSecret | undefined {
  const secret = secrets.find((each) => each.label === label)
  return secret && (secret.expiresAt === null || now < secret.expiresAt) ? secret : undefined
}
