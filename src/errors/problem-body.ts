import { withoutCredentials } from './credentials.ts'
import type { GatewayError } from './gateway-error.ts'
import { problemOf } from './problems.ts'

export interface ProblemBody {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  code: string
  requestId: string
  retryable: boolean
  [member: string]: unknown
}

/** The RFC 9457 body of an error. `instance` is the request's path, without its query. */
export function problemBody(error: GatewayError, instance: string, requestId: string): ProblemBody {
  const { status, title, retryable } = problemOf(error.code)
  const { violations, members } = error.extras
  return {
    type: `/docs/errors/${error.code}`,
    title,
    status,
    detail: withoutCredentials(error.message),
    instance: withoutCredentials(instance),
    code: error.code,
    requestId,
    retryable: retryable ?? false,
    ...(violations && { violations }),
    ...members,
    ...(members?.faults !== undefined && { faults: cleaned(members.faults) }),
  }
}

// What callers name is in it, wherever they were to name something.
const cleaned = (faults: unknown): unknown => JSON.parse(withoutCredentials(JSON.stringify(faults)))

/** The headers that go with the body. */
export function problemHeaders(error: GatewayError): Record<string, string> {
  const { retryAfterSeconds, headers } = error.extras
  const retryAfter = retryAfterSeconds ?? (problemOf(error.code).status === 503 ? 1 : undefined)
  return {
    'content-type': 'application/problem+json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, withoutCredentials(value)])),
  }
}
