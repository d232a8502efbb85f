import type { GatewayError } from '../errors/gateway-error.ts'
import { AccessRefused } from './access-refused.ts'
import { invalidToken } from './challenge.ts'
import type { Identity } from './principal.ts'

/**
 * A ticket that is not accepted.
 * @param holder of one that is genuine
 */
export function ticketInvalid(reason: string, holder?: Identity): GatewayError {
  return new AccessRefused('ticket-invalid', `The ticket was not accepted: ${reason}.`, challengeOf(reason), { holder })
}

/** A ticket whose one use is over, or its time. */
export class SpentTicketError extends AccessRefused {
  constructor(reason: string, holder?: Identity) {
    const detail = `The ticket was not accepted: ${reason}. Ask for another one.`
    super('ticket-invalid', detail, challengeOf(reason), { holder })
  }
}

const challengeOf = (reason: string) => ({ headers: { 'WWW-Authenticate': invalidToken(reason) } })
