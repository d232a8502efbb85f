import { Router } from 'express'
import { assertMay, principalOf, requireAction } from '../auth/guard.ts'
import type { Principal } from '../auth/principal.ts'
import { ticketOrigin } from '../auth/tickets.ts'
import type { Contract } from '../contracts/contract.ts'
import type { components } from '../generated/openapi.ts'
import { bodyError } from '../openapi/request-faults.ts'
import { publishingPermit, readingPermit } from './contract-permits.ts'
import { type JsonBody, jsonBodyReader } from './json-body.ts'
import { answerJson, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'
import { unmaskingScope } from './unmasking-scopes.ts'

type TicketRequest = components['schemas']['TicketRequest']

/** One-use credentials for what a browser cannot give headers to. */
export function ticketsRouter({ on, authenticated, tickets, contracts, config }: RouteContext): Router {
  const { stream } = config
  const reads = jsonBodyReader(config)

  const createTicket: Operation<'createTicket'> = ({ body, req }, res) => {
    const { action, topics, origin } = (body as JsonBody).value as unknown as TicketRequest
    if (topics.length > stream.topics) {
      throw bodyError([{ in: 'body', pointer: '/topics', message: `has more than ${stream.topics} (stream.topics)` }])
    }
    const principal = principalOf(req)
    for (const topic of topics) assertMay(principal, [action], topic)
    const scopes = topics.flatMap((topic) => carriedScopes(principal, action, contracts.get(topic)))
    const granted = { action, topics, scopes, origin: ticketOrigin(req.headers, origin) }
    const { text, expiresAt } = tickets.issue(principal, granted)
    res.setHeader('cache-control', 'no-store')
    answerJson(res, 201, { ticket: text, expiresAt: new Date(expiresAt).toISOString() })
  }

  const guards = [authenticated, requireAction('read', 'publish')]
  return Router(strict).post('/v1/tickets', on('createTicket', { guards, reads }, createTicket))
}

/** Those that the contract asks for. Throws where it does not let the caller. */
function carriedScopes(principal: Principal, action: TicketRequest['action'], contract: Contract): string[] {
  const { topic, read, write } = contract
  const isReading = action === 'read'
  const permit = isReading ? readingPermit(principal) : publishingPermit(principal)
  permit(contract)
  const { requires } = isReading ? read : write
  const required = requires === undefined ? [] : [`${requires}:${topic}`]
  const unmasking = isReading ? unmaskingScope(principal, topic, { get: () => contract }) : undefined
  return unmasking === undefined ? required : [...required, unmasking]
}
