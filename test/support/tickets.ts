import assert from 'node:assert/strict'
import type { TestGateway } from './gateway.ts'

export interface TicketAsked {
  action?: 'read' | 'publish'
  topics: readonly string[]
  origin?: string
}

/** A ticket of the gateway, asked for by a page where it has an origin. */
export async function takeTicket(
  { api }: Pick<TestGateway, 'api'>,
  asked: TicketAsked,
  { pageOrigin, token }: { pageOrigin?: string; token?: string } = {},
): Promise<string> {
  const answer = await api.post(
    '/v1/tickets',
    { action: 'publish', ...asked },
    { ...(token !== undefined && { token }), ...(pageOrigin !== undefined && { headers: { origin: pageOrigin } }) },
  )
  assert.equal(answer.status, 201, answer.text)
  return answer.body.ticket
}
