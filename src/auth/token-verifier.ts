import { hash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { LRUCache } from 'lru-cache'
import { isCompactJws } from './compact-jws.ts'
import type { TokenPrincipal } from './principal.ts'
import { TokenError } from './token-error.ts'
import type { Judgement, TrustedIssuer } from './trusted-issuer.ts'

const longestToken = 8_192
const mostRemembered = 10_000

interface Remembered extends Judgement {
  issuer: TrustedIssuer
}

/** Turns access tokens into principals. A token that was accepted is remembered until it expires. */
export class TokenVerifier {
  readonly #issuers: ReadonlyMap<string, TrustedIssuer>
  readonly #now: () => number
  readonly #remembered = new LRUCache<string, Remembered>({ max: mostRemembered })
  readonly #pending = new Map<string, Promise<TokenPrincipal>>()

  constructor(issuers: readonly TrustedIssuer[], now: () => number = Date.now) {
    this.#issuers = new Map(issuers.map((issuer) => [issuer.name, issuer]))
    this.#now = now
  }

  /** The principal of a token that was accepted before, and still is. */
  known(token: string): TokenPrincipal | undefined {
    const known = this.#current(idOf(token))
    return known && this.#now() < known.expiresAt ? known : undefined
  }

  /** Whether the issuer still has the key that signed the principal's token; while it is away, as far as is known. */
  isTrusted({ issuer, keyThumbprint }: Pick<TokenPrincipal, 'issuer' | 'keyThumbprint'>): boolean {
    return this.#issuers.get(issuer)?.keys.holds(keyThumbprint) ?? false
  }

  /** Rejects with a TokenError or a KeysUnavailableError. */
  async verify(token: string): Promise<TokenPrincipal> {
    // The form comes first: jose forgives spaces, padding and unused bits, which would give one token many texts.
    if (token.length > longestToken) throw new TokenError(`the token is longer than ${longestToken} characters`)
    if (!isCompactJws(token)) throw new TokenError('the token is not a signed JWT in compact form')

    const id = idOf(token)
    const known = this.#current(id)
    if (known) {
      if (this.#now() < known.expiresAt) return known
      throw new TokenError('the token has expired')
    }
    return this.#pending.get(id) ?? this.#verifyOnce(id, token)
  }

  #current(id: string): TokenPrincipal | undefined {
    const found = this.#remembered.get(id)
    if (!found) return undefined
    const { issuer, revision, principal } = found
    issuer.keys.freshen()
    return revision === issuer.keys.revision ? principal : undefined
  }

  #verifyOnce(id: string, token: string): Promise<TokenPrincipal> {
    const issuer = this.#issuerOf(token)
    const verifying = issuer
      .judge(token, this.#now())
      .then(({ principal, revision }) => {
        this.#remembered.set(id, { principal, revision, issuer })
        return principal
      })
      .finally(() => this.#pending.delete(id))
    this.#pending.set(id, verifying)
    return verifying
  }

  /** By a claim that nobody has vouched for yet: it chooses among the issuers of the configuration, and makes no other. */
  #issuerOf(token: string): TrustedIssuer {
    const issuer = this.#issuers.get(claimedIssuer(token) ?? '')
    if (!issuer) throw new TokenError('the token is from another issuer')
    return issuer
  }
}

const idOf = (token: string): string => hash('sha256', token, 'base64')

function claimedIssuer(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token)
    return typeof iss === 'string' ? iss : undefined
  } catch (cause) {
    throw new TokenError('the token cannot be verified', { cause })
  }
}
