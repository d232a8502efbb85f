import { randomBytes } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import { withoutCredentials } from '../errors/credentials.ts'
import { clientAddress } from '../network/client-address.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'

const acceptable = /^[A-Za-z0-9._-]{1,64}$/
const isAcceptable = (given: string): boolean => acceptable.test(given) && withoutCredentials(given) === given

/**
 * Names each request, and logs and counts it when its answer is over. Of a caller the line holds the address, of what it sent the
 * topic and the id of an accepted API key, and nothing else: no query, no header, no body.
 */
export function requestLog(log: Logger, metrics: Metrics): RequestHandler {
  const boot = randomBytes(4).toString('hex')
  let count = 0
  // Each member of the line is named below: there is nothing to redact.
  const lines = log.child({}, { redact: [] })

  return (req, res, next) => {
    const given = req.headers['x-request-id']
    const requestId = typeof given === 'string' && isAcceptable(given) ? given : `${boot}-${(++count).toString(36)}`
    res.locals.requestId = requestId
    res.setHeader('x-request-id', requestId)
    res.setHeader('x-content-type-options', 'nosniff')
    const startedAt = performance.now()
    // A connection that is gone has none.
    const client = clientAddress(req)
    res.on('close', () => {
      const ms = performance.now() - startedAt
      const { operation = 'none', params, problem, apiKey } = res.locals as RequestLocals
      metrics.request(operation, statusOf(res), ms / 1000)
      lines.info(
        {
          requestId,
          client,
          method: req.method,
          operation,
          topic: params?.topic,
          apiKey,
          status: statusOf(res),
          problem,
          ms: Math.round(ms * 10) / 10,
        },
        'request',
      )
    })
    next()
  }
}

interface RequestLocals {
  operation?: string
  params?: { topic?: string }
  problem?: string
  /** The id of the key that was accepted. */
  apiKey?: string
}

/** 499 for a caller that left before the answer was whole, as proxies log it. What became a WebSocket had its answer. */
const statusOf = (res: Response): number => (res.writableFinished || res.statusCode === 101 ? res.statusCode : 499)
