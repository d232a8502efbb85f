import type { Request } from 'express'
import passport from 'passport'
import type { Principal } from './principal.ts'
import { TokenError } from './token-error.ts'
import type { TokenVerifier } from './token-verifier.ts'

const scheme = /^Bearer(?: |$)/i

/**
 * Passport's way in for access tokens: the Authorization header and nothing else (RFC 6750 §2.1). Fails without a
 * challenge where no bearer token was sent, and with a TokenError where it was not accepted.
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
    const credentials = req.headers.authorization ?? ''
    if (!scheme.test(credentials)) {
      this.fail()
      return
    }
    const accept = (principal: Principal) => this.success(principal)
    const refuse = (error: unknown) => (error instanceof TokenError ? this.fail(error) : this.error(error))
    let verified: Principal | Promise<Principal>
    try {
      verified = this.verifier.verify(credentials.slice('Bearer '.length))
    } catch (error) {
      refuse(error)
      return
    }
    if (verified instanceof Promise) verified.then(accept, refuse)
    else accept(verified)
  }
}
