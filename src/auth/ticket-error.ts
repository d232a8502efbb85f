import { GatewayError } from '../errors/gateway-error.ts'
import { invalidToken } from './challenge.ts'

/** A ticket that is not accepted. */
export function ticketInvalid(reason: string): GatewayError {
  return new GatewayError('ticket-invalid', `The ticket was not accepted: ${reason}.`, challengeOf(reason))
}

/** A ticket whose one use is over, or its time. */
export class SpentTicketError extends GatewayError {
  constructor(reason: string) {
    super('ticket-invalid', `The ticket was not accepted: ${reason}. Ask for another one.`, challengeOf(reason))
  }
}

const challengeOf = (reason: string) => ({ headers: { 'WWW-Authenticate': invalidToken(reason) } })
