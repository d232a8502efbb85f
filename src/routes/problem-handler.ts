import type { ErrorRequestHandler, Response } from 'express'
import type { ProtectedResource } from '../auth/protected-resource.ts'
import { withoutCredentials } from '../errors/credentials.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { problemBody, problemHeaders } from '../errors/problem-body.ts'
import { problemOf } from '../errors/problems.ts'
import type { Logger } from '../observability/logger.ts'
import { answerText } from './operation.ts'

/** Turns whatever was thrown into a problem; the only place that answers errors of requests that could be parsed. */
export function problemHandler(log: Logger, resource: ProtectedResource): ErrorRequestHandler {
  return (thrown, req, res, _next) => {
    const error = asGatewayError(thrown)
    const { requestId } = res.locals
    if (error.code === 'internal' && !isOfGoneCaller(thrown, res))
      log.error({ requestId, err: thrown }, 'A request failed')
    if (res.headersSent || res.destroyed) {
      res.destroy()
      return
    }
    res.locals.problem = error.code
    for (const [name, value] of Object.entries(problemHeaders(error))) res.setHeader(name, value)
    if (res.getHeader('WWW-Authenticate') && problemOf(error.code).status === 401)
      sayWhereToLook(res, resource.metadataUrlFor(req))
    const body = problemBody(error, pathOf(req.originalUrl), requestId)
    answerText(res, problemOf(error.code).status, 'application/problem+json', JSON.stringify(body))
  }
}

/** RFC 9728 §5.1: from there a client finds who gives the tokens that are accepted here. */
function sayWhereToLook(res: Response, url: string | undefined): void {
  if (url !== undefined)
    res.setHeader('WWW-Authenticate', `${res.getHeader('WWW-Authenticate')}, resource_metadata="${url}"`)
}

/** Work that was broken off because nobody waits for its answer any more. */
const isOfGoneCaller = (thrown: unknown, res: Response): boolean =>
  res.destroyed && thrown instanceof Error && thrown.name === 'AbortError'

/** What a caller may read of anything that was thrown. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  // The router's own: a path that is not valid percent-encoding.
  if (thrown instanceof URIError)
    return new GatewayError('malformed-request', 'The path is not valid percent-encoded UTF-8.')
  return new GatewayError('internal', 'Something failed that should not have. The log has more under this requestId.', {
    cause: thrown,
  })
}

// Control characters cannot be in a request line; the cap keeps a hostile path from being echoed whole.
const maxInstance = 512
function pathOf(url: string): string {
  const path = url.split('?', 1)[0] as string
  const plain = decoded(path)
  const clean = withoutCredentials(plain)
  return (clean === plain ? path : clean).slice(0, maxInstance)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
