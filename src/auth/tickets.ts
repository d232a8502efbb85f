import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { requestError } from '../errors/request-fault.ts'
import { isOrigin, type Origins } from './origin.ts'
import type { Principal } from './principal.ts'
import type { Redemptions } from './redemptions.ts'
import { parseScopes } from './scope.ts'
import type { Ticket } from './ticket.ts'
import { SpentTicketError, ticketInvalid } from './ticket-error.ts'
import type { TicketSigner } from './ticket-signer.ts'
import type { IsTrusted } from './trust.ts'

export interface TicketParts {
  signer: TicketSigner
  redemptions: Pick<Redemptions, 'prepare' | 'isUsed' | 'redeem'>
  origins: Pick<Origins, 'isFrom'>
  isTrusted: IsTrusted
  config: Pick<Config['tickets'], 'lifetimeMs'>
  now?: () => number
}

export interface IssuedTicket {
  text: string
  expiresAt: number
}

/** A ticket that was shown, and not used up by that. */
export interface ShownTicket {
  principal: Principal
  /** Rejects with a GatewayError where the ticket must not be acted on. */
  redeem(): Promise<void>
}

/** One-use credentials for what a browser cannot give headers to. */
export class Tickets {
  readonly #parts: TicketParts
  readonly #now: () => number

  constructor(parts: TicketParts) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
  }

  /** For a principal who may do all of it. It lives no longer than what the principal showed itself. */
  issue(
    { scopes: _scopes, ...holder }: Principal,
    granted: Pick<Ticket, 'action' | 'topics' | 'scopes' | 'origin'>,
  ): IssuedTicket {
    const { redemptions, signer, config } = this.#parts
    redemptions.prepare()
    const ticket: Ticket = {
      id: randomBytes(16).toString('base64url'),
      ...granted,
      expiresAt: Math.min(this.#now() + config.lifetimeMs, holder.expiresAt),
      holder,
    }
    return { text: signer.sign(ticket), expiresAt: ticket.expiresAt }
  }

  /** Throws `ticket-invalid`. Two requests may be shown the same ticket; only one of them can redeem it. */
  show(text: string, headers: IncomingHttpHeaders): ShownTicket {
    const { redemptions, signer, origins, isTrusted } = this.#parts
    const ticket = signer.verify(text)
    if (!ticket) throw ticketInvalid('the ticket is not one of this gateway, or was changed')
    const { holder } = ticket
    if (!origins.isFrom(ticket.origin, headers)) throw ticketInvalid('the ticket is for another origin', holder)
    if (this.#now() >= ticket.expiresAt) throw new SpentTicketError('the ticket has expired', holder)
    if (redemptions.isUsed(ticket.id)) throw new SpentTicketError('the ticket was used before', holder)
    const principal = principalOf(ticket)
    if (!isTrusted(holder)) throw ticketInvalid('the key that it came by was withdrawn', holder)
    return { principal, redeem: () => redemptions.redeem(ticket) }
  }
}

function principalOf({ action, topics, scopes = [], holder }: Ticket): Principal {
  return { ...holder, scopes: [...topics.map((topic) => ({ action, pieces: [topic] })), ...parseScopes(scopes)] }
}

/** The origin that a new ticket is for: of the page that asks, or the one that a page's backend names. */
export function ticketOrigin({ origin }: IncomingHttpHeaders, named: string | undefined): string | null {
  if (origin !== undefined && !isOrigin(origin)) {
    throw new GatewayError('origin-not-allowed', 'A ticket cannot be made for a page without an origin of its own.')
  }
  if (named !== undefined && !isOrigin(named)) throw originFault('must be an origin such as https://app.example.com')
  if (named !== undefined && origin !== undefined && named !== origin) throw originFault('is not that of the page')
  return origin ?? named ?? null
}

const originFault = (message: string): GatewayError => requestError('body', '/origin', message)
