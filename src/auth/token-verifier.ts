import { hash } from 'node:crypto'
import { type CryptoKey, errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Config } from '../config/config.ts'
import { thumbprintOfKey } from './key-thumbprint.ts'
import type { TokenPrincipal } from './principal.ts'
import { parseScopes } from './scope.ts'
import { KeysUnavailableError, TokenError } from './token-error.ts'

const longestToken = 8_192
const mostRemembered = 10_000
const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Where keys come from: never from the token. */
export interface KeySource {
  /** Grows when the keys change, so that nothing is remembered on the word of a key that was withdrawn. */
  readonly revision: number
  /** False once the issuer has withdrawn the key. Of keys that were never there nothing is known, which is true. */
  holds(thumbprint: string): boolean
  /** Fetches in the background what is due. */
  freshen(): void
  /** Throws a KeysUnavailableError where there are none to look among. */
  keyFor(header: JWTHeaderParameters): Promise<{ key: CryptoKey; revision: number }>
}

type VerifierConfig = Pick<Config['auth'], 'issuer' | 'audience' | 'algorithms' | 'leewaySeconds'>

interface Remembered {
  principal: TokenPrincipal
  revision: number
}

/** Turns access tokens (RFC 9068) into principals. A token that was accepted is remembered until it expires. */
export class TokenVerifier {
  readonly #config: VerifierConfig
  readonly #keys: KeySource
  readonly #now: () => number
  readonly #remembered = new LRUCache<string, Remembered>({ max: mostRemembered })
  readonly #pending = new Map<string, Promise<TokenPrincipal>>()

  constructor(config: VerifierConfig, keys: KeySource, now: () => number = Date.now) {
    this.#config = config
    this.#keys = keys
    this.#now = now
  }

  /** The principal of a token that was accepted before, and still is. */
  known(token: string): TokenPrincipal | undefined {
    this.#keys.freshen()
    const known = this.#remembered.get(idOf(token))
    return known && this.#isCurrent(known) && this.#now() < known.principal.expiresAt ? known.principal : undefined
  }

  /** Whether the issuer still has the key that signed the principal's token; while it is away, as far as is known. */
  isTrusted({ keyThumbprint }: Pick<TokenPrincipal, 'keyThumbprint'>): boolean {
    return this.#keys.holds(keyThumbprint)
  }

  /** Rejects with a TokenError or a KeysUnavailableError. */
  async verify(token: string): Promise<TokenPrincipal> {
    // The form comes first: jose forgives spaces and padding, which would give one token many texts.
    if (token.length > longestToken) throw new TokenError(`the token is longer than ${longestToken} characters`)
    if (!compactForm.test(token)) throw new TokenError('the token is not a signed JWT in compact form')

    this.#keys.freshen()
    const id = idOf(token)
    const known = this.#remembered.get(id)
    if (known && this.#isCurrent(known)) {
      if (this.#now() < known.principal.expiresAt) return known.principal
      throw new TokenError('the token has expired')
    }
    return this.#pending.get(id) ?? this.#verifyOnce(id, token)
  }

  #isCurrent({ revision }: Remembered): boolean {
    return revision === this.#keys.revision
  }

  #verifyOnce(id: string, token: string): Promise<TokenPrincipal> {
    const verifying = this.#judge(token)
      .then(({ principal, revision }) => {
        this.#remembered.set(id, { principal, revision })
        return principal
      })
      .finally(() => this.#pending.delete(id))
    this.#pending.set(id, verifying)
    return verifying
  }

  async #judge(token: string): Promise<Remembered> {
    const { issuer, audience, algorithms, leewaySeconds } = this.#config
    let revision = 0
    let thumbprint = ''
    const keyFor = async (header: JWTHeaderParameters) => {
      checkHeader(header)
      const found = await this.#keys.keyFor(header)
      revision = found.revision
      thumbprint = thumbprintOfKey(found.key)
      return found.key
    }
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keyFor, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: leewaySeconds,
        currentDate: new Date(this.#now()),
        requiredClaims: ['exp'],
      })
      checkIsAccessToken(protectedHeader.typ, payload)
      const principal = { ...principalOf(payload, issuer, leewaySeconds), keyThumbprint: thumbprint }
      return { principal, revision }
    } catch (error) {
      if (error instanceof TokenError || error instanceof KeysUnavailableError) throw error
      throw new TokenError(reasonOf(error), { cause: error })
    }
  }
}

const idOf = (token: string): string => hash('sha256', token, 'base64')

function checkHeader({ crit, b64 }: JWTHeaderParameters): void {
  if (crit !== undefined || b64 !== undefined) throw new TokenError('the token demands an extension that is not known')
}

/**
 * RFC 9068 §4 asks for `at+jwt`. Many issuers still write `JWT` or nothing: those pass where the token has scopes and
 * none of the claims by which OpenID Connect marks an ID token. Every other type is made for something else.
 */
function checkIsAccessToken(typ: string | undefined, payload: JWTPayload): void {
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (type === 'at+jwt') return
  const isPlain = type === undefined || type === 'jwt'
  const isIdToken = ['nonce', 'at_hash', 'c_hash'].some((claim) => payload[claim] !== undefined)
  const hasScopes = payload.scope !== undefined || payload.scp !== undefined
  if (!isPlain || isIdToken || !hasScopes) throw new TokenError('the token is not an access token')
}

function principalOf(
  payload: JWTPayload,
  issuer: string,
  leewaySeconds: number,
): Omit<TokenPrincipal, 'keyThumbprint'> {
  const id = payload.sub ?? payload.client_id
  if (typeof id !== 'string' || id === '') throw new TokenError('the token names neither a subject nor a client')
  const expiresAt = ((payload.exp ?? 0) + leewaySeconds) * 1000
  return { id, issuer, scopes: parseScopes(listed(payload.scope ?? payload.scp)), expiresAt }
}

/** `scope` is a text of words (RFC 9068 §2.2.3); some issuers write `scp`, as a text or as a list. */
function listed(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ')
  return Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : []
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error.claim)
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the signature algorithm of the token is not accepted'
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer has no key that fits the token'
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'the token does not say which of the keys it was signed with'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is not valid'
  return 'the token cannot be verified'
}

function claimReason(claim: string): string {
  const reasons: Record<string, string> = {
    iss: 'the token is from another issuer',
    aud: 'the token is for another audience',
    nbf: 'the token is not valid yet',
    exp: 'the token has no time of expiry',
  }
  return reasons[claim] ?? 'a claim of the token is not valid'
}
