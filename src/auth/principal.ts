import type { Scope } from './scope.ts'

interface Caller {
  /** As its issuer calls it (two issuers may call two principals the same); `key:` and the id of an API key. */
  id: string
  scopes: readonly Scope[]
  /** Milliseconds since the epoch; the forgiven clock difference is in it. */
  expiresAt: number
}

/** By an access token. */
export interface TokenPrincipal extends Caller {
  issuer: string
  /** Names the issuer's key that signed the token. */
  keyThumbprint: string
}

/** By an API key. */
export interface KeyPrincipal extends Caller {
  /** The key's id. */
  apiKey: string
  /** Which of its secrets was shown. */
  label: string
  quotaClass: string
}

/** Who asks, and what they may do. */
export type Principal = TokenPrincipal | KeyPrincipal

/** Who a principal is, without what it may do. */
export type Identity = Omit<TokenPrincipal, 'scopes'> | Omit<KeyPrincipal, 'scopes'>

/** Equal for all requests of one caller, whatever it shows. */
export const callerOf = (principal: Principal): string =>
  'apiKey' in principal ? principal.id : `${principal.issuer} ${principal.id}`
