import type { Request } from 'express'
import passport from 'passport'
import type { Principal } from './principal.ts'
import { TokenError } from './token-error.ts'
import type { TokenVerifier } from './token-verifier.ts'

const scheme = /^Bearer(?: |$)/i
const prefixLength = 'Bearer '.length

/** The access token of a request (RFC 6750 §2.1): in the Authorization header, and nowhere else. Undefined where there is none. */
export function bearerToken({ headers: { authorization = '' } }: Request): string | undefined {
  return scheme.test(authorization) ? authorization.slice(prefixLength) : undefined
}

/**
 * Passport's way in for access tokens. Fails without a challenge where no bearer token was sent, and with a TokenError
 * where it was not accepted.
 *
 * To be registered by name: passport writes a request's callbacks on a strategy that is handed to it as an object, so
 * that requests at the same time would get each other's principals.
 */
export class BearerStrategy extends passport.Strategy {
  override readonly name = 'bearer'
  // Not a #private: passport calls `authenticate` on an object that only inherits from this one.
  private readonly verifier: TokenVerifier

  constructor(verifier: TokenVerifier) {
    super()
    this.verifier = verifier
  }

  override authenticate(req: Request): void {
    const token = bearerToken(req)
    if (token === undefined) {
      this.fail()
      return
    }
    const accept = (principal: Principal) => this.success(principal)
    const refuse = (error: unknown) => (error instanceof TokenError ? this.fail(error) : this.error(error))
    this.verifier.verify(token).then(accept, refuse)
  }
}
