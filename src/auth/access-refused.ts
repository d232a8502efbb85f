import { GatewayError, type ProblemExtras } from '../errors/gateway-error.ts'
import type { ProblemCode } from '../errors/problems.ts'
import type { Identity } from './principal.ts'

/** What is known of a refusal, and not for the caller to read. */
export interface RefusedAccess {
  /** Whose the credential is that was genuine, and not accepted. */
  holder?: Identity | undefined
  /** The topic that was not to be reached, wherever the request named it. */
  topic?: string | undefined
  /** The scope that would have been enough. */
  needed?: string
}

/** Access that is not given, for a reason that has more to it than its code. */
export class AccessRefused extends GatewayError {
  readonly about: RefusedAccess

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras, about: RefusedAccess) {
    super(code, detail, extras)
    this.about = about
  }
}
