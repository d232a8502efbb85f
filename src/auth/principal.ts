import type { Scope } from './scope.ts'

/** Who asks, and what they may do. */
export interface Principal {
  /** As its issuer calls it: two issuers may call two principals the same. */
  id: string
  issuer: string
  scopes: readonly Scope[]
  /** Milliseconds since the epoch; the forgiven clock difference is in it. */
  expiresAt: number
  /** Names the issuer's key that signed the token. */
  keyThumbprint: string
}
