import { Router } from 'express'
import { assertMay, principalOf, requireAction } from '../auth/guard.ts'
import { ticketOrigin } from '../auth/tickets.ts'
import type { components } from '../generated/openapi.ts'
import { bodyError } from '../openapi/request-faults.ts'
import { type JsonBody, jsonBodyReader } from './json-body.ts'
import { answerJson, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'
import { unmaskingScope } from './unmasked-topics.ts'

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
    const unmasking = topics.flatMap((topic) => unmaskingScope(principal, topic, contracts) ?? [])
    const scopes = action === 'read' ? unmasking : []
    const granted = { action, topics, scopes, origin: ticketOrigin(req.headers, origin) }
    const { text, expiresAt } = tickets.issue(principal, granted)
    res.setHeader('cache-control', 'no-store')
    answerJson(res, 201, { ticket: text, expiresAt: new Date(expiresAt).toISOString() })
  }

  const guards = [authenticated, requireAction('read', 'publish')]
  return Router(strict).post('/v1/tickets', on('createTicket', { guards, reads }, createTicket))
}
