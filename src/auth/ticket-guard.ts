import type { Request, RequestHandler } from 'express'
import { requestError } from '../errors/request-fault.ts'
import { identify } from './guard.ts'
import type { ShownTicket, Tickets } from './tickets.ts'

const shown = Symbol('ticket')
type WithTicket = Request & { [shown]?: ShownTicket }

/**
 * Lets through what `authenticated` does, and requests that show a ticket in the query. An operation behind it must await
 * {@link redeemTicket} before it does anything, and as late as it can: a ticket is used up even if the request then fails.
 */
export function ticketOr(authenticated: RequestHandler, tickets: Pick<Tickets, 'show'>): RequestHandler {
  return (req, res, next) => {
    const text = ticketIn(req)
    if (text === undefined) return authenticated(req, res, next)
    // RFC 6750 §2: one method of sending credentials in a request.
    if (req.headers.authorization !== undefined) {
      throw requestError('query', 'ticket', 'goes without an Authorization header only')
    }
    const ticket = tickets.show(text, req.headers)
    ;(req as WithTicket)[shown] = ticket
    identify(req, ticket.principal)
    next()
  }
}

export const hasTicket = (req: Request): boolean => (req as WithTicket)[shown] !== undefined

/** Undefined for a request without a ticket. */
export const redeemTicket = (req: Request): Promise<void> | undefined => (req as WithTicket)[shown]?.redeem()

function ticketIn({ url }: Request): string | undefined {
  const at = url.indexOf('?')
  return at < 0 ? undefined : (new URLSearchParams(url.slice(at)).get('ticket') ?? undefined)
}
