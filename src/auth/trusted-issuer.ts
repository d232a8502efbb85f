import { type CryptoKey, errors, type JWTHeaderParameters, jwtVerify } from 'jose'
import type { Config } from '../config/config.ts'
import { type Claimed, type ClaimSettings, claimReader } from './claims.ts'
import { thumbprintOfKey } from './key-thumbprint.ts'
import type { TokenPrincipal } from './principal.ts'
import { KeysUnavailableError, TokenError } from './token-error.ts'

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

export type IssuerSettings = Pick<Config['auth'], 'issuer' | 'audience' | 'algorithms' | 'leewaySeconds'> &
  ClaimSettings

export interface Judgement {
  principal: TokenPrincipal
  /** Of the keys that it was judged by. */
  revision: number
}

/** One issuer whose access tokens (RFC 9068) are accepted, by its own rules and its own keys. */
export class TrustedIssuer {
  readonly name: string
  readonly keys: KeySource
  readonly #settings: IssuerSettings
  readonly #read: ReturnType<typeof claimReader>

  constructor(settings: IssuerSettings, keys: KeySource) {
    this.name = settings.issuer
    this.keys = keys
    this.#settings = settings
    this.#read = claimReader(settings)
  }

  /** Rejects with a TokenError or a KeysUnavailableError. */
  async judge(token: string, now: number): Promise<Judgement> {
    const { issuer, audience, algorithms, leewaySeconds } = this.#settings
    let revision = 0
    let keyThumbprint = ''
    const keyFor = async (header: JWTHeaderParameters) => {
      checkHeader(header)
      const found = await this.keys.keyFor(header)
      revision = found.revision
      keyThumbprint = thumbprintOfKey(found.key)
      return found.key
    }
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keyFor, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: leewaySeconds,
        currentDate: new Date(now),
        requiredClaims: ['exp'],
      })
      const claimed = this.#read(payload)
      const isIdToken = ['nonce', 'at_hash', 'c_hash'].some((claim) => payload[claim] !== undefined)
      checkIsAccessToken(protectedHeader.typ, isIdToken, claimed)
      const { id, scopes } = claimed
      if (id === undefined) throw new TokenError('the token names neither a subject nor a client')
      const expiresAt = ((payload.exp ?? 0) + leewaySeconds) * 1000
      return { principal: { id, issuer, scopes, expiresAt, keyThumbprint }, revision }
    } catch (error) {
      if (error instanceof TokenError || error instanceof KeysUnavailableError) throw error
      throw new TokenError(reasonOf(error), { cause: error })
    }
  }
}

function checkHeader({ crit, b64 }: JWTHeaderParameters): void {
  if (crit !== undefined || b64 !== undefined) throw new TokenError('the token demands an extension that is not known')
}

/**
 * RFC 9068 §4 asks for `at+jwt`. Many issuers still write `JWT` or nothing: those pass where the token has scopes and
 * none of the claims by which OpenID Connect marks an ID token. Every other type is made for something else.
 */
function checkIsAccessToken(typ: string | undefined, isIdToken: boolean, { speaksOfScopes }: Claimed): void {
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (type === 'at+jwt') return
  const isPlain = type === undefined || type === 'jwt'
  if (!isPlain || isIdToken || !speaksOfScopes) throw new TokenError('the token is not an access token')
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
    aud: 'the token is for another audience',
    nbf: 'the token is not valid yet',
    exp: 'the token has no time of expiry',
  }
  return reasons[claim] ?? 'a claim of the token is not valid'
}
