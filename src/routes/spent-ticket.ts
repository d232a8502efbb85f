import type { ErrorRequestHandler } from 'express'
import { SpentTicketError } from '../auth/ticket-error.ts'

/**
 * A browser whose stream ends opens the same URL again, with a ticket that is used up by then. 204 ends that (HTML §9.2.3);
 * its page can take another ticket. To whoever else shows such a ticket it is a problem like any other.
 */
export const endEventSource: ErrorRequestHandler = (error, req, res, next) => {
  if (!(error instanceof SpentTicketError) || req.method !== 'GET' || !isEventSource(req.headers.accept)) {
    next(error)
    return
  }
  res.locals.problem = error.code
  res.writeHead(204).end()
}

const isEventSource = (accept = ''): boolean =>
  accept.split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream')
