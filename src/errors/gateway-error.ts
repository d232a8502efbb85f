import type { ProblemCode } from './problems.ts'
import type { Violation } from './violation.ts'

export interface ProblemExtras {
  violations?: readonly Violation[]
  /** Seconds after which a retry makes sense: becomes `Retry-After`. */
  retryAfterSeconds?: number
  /** Headers that the answer must carry: `Allow`, `WWW-Authenticate`, … */
  headers?: Readonly<Record<string, string>>
  /** Further members of the problem body, as openapi.yaml documents them. */
  members?: Readonly<Record<string, unknown>>
  /** What was asked for may have been done all the same. */
  mayBeDone?: true
  cause?: unknown
}

/** An error whose message a client may read. Whatever else is thrown answers `internal`. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ProblemCode
  readonly extras: ProblemExtras

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail, extras.cause === undefined ? {} : { cause: extras.cause })
    this.code = code
    this.extras = extras
  }
}
