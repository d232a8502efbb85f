import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import request from 'supertest'
import { principalOf } from '../../../src/auth/guard.ts'
import type { Principal } from '../../../src/auth/principal.ts'
import { SpentTicketError, ticketInvalid } from '../../../src/auth/ticket-error.ts'
import { hasTicket, redeemTicket, ticketOr } from '../../../src/auth/ticket-guard.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { problemOf } from '../../../src/errors/problems.ts'
import { endEventSource } from '../../../src/routes/spent-ticket.ts'

const holder: Principal = { id: 'shop', issuer: 'i', scopes: [], expiresAt: 1, keyThumbprint: 'k' }

const problem: ErrorRequestHandler = (error, _req, res, _next) => {
  if (!(error instanceof GatewayError)) return void res.status(500).json({ message: String(error) })
  const { code, message, extras } = error
  res
    .status(problemOf(code).status)
    .set(extras.headers ?? {})
    .json({ code, message })
}

/** What is shown as `good` can be redeemed, `used` not any more, and `spent` is known to be used up. */
function app() {
  const byToken: RequestHandler = (_req, res) => void res.json({ by: 'token' })
  const redeem = (text: string) => async () => {
    if (text === 'used') throw new SpentTicketError('the ticket was used before')
  }
  const show = (text: string) => {
    if (text === 'spent') throw new SpentTicketError('the ticket has expired')
    if (text !== 'good' && text !== 'used') throw ticketInvalid('the ticket is not one of this gateway')
    return { principal: holder, redeem: redeem(text) }
  }
  const answer: RequestHandler = async (req, res) => {
    await redeemTicket(req)
    res.json({ by: 'ticket', id: principalOf(req).id, has: hasTicket(req) })
  }
  return express().use(ticketOr(byToken, { show })).get('/', answer).post('/', answer).use(endEventSource).use(problem)
}

suite('a guard that takes tickets', () => {
  const byTicket = { by: 'ticket', id: 'shop', has: true }
  const cases: [fact: string, path: string, headers: Record<string, string>, status: number, body: unknown][] = [
    ['leaves a request without one to tokens', '/?topics=a', {}, 200, { by: 'token' }],
    ['leaves a request without a query to tokens', '/', { authorization: 'Bearer x' }, 200, { by: 'token' }],
    ['takes one', '/?ticket=good', {}, 200, byTicket],
    ['takes one among other parameters', '/?topics=a&ticket=good&longs=string', {}, 200, byTicket],
    ['takes one that is percent-encoded', '/?%74icket=g%6fod', {}, 200, byTicket],
    ['does not take another parameter for one', '/?tickets=good', {}, 200, { by: 'token' }],
    ['does not take it from the path', '/ticket=good', {}, 200, { by: 'token' }],
  ]
  for (const [fact, path, headers, status, body] of cases) {
    test(fact, async () => {
      const answer = await request(app()).get(path).set(headers)
      assert.deepEqual([answer.status, answer.body], [status, body])
    })
  }

  for (const authorization of ['Bearer x', 'Basic YTpi', '']) {
    test(`refuses one beside "Authorization: ${authorization}"`, async () => {
      const answer = await request(app()).get('/?ticket=good').set({ authorization })
      assert.deepEqual([answer.status, answer.body.code], [400, 'invalid-parameter'])
    })
  }

  for (const path of ['/?ticket=forged', '/?ticket=', '/?ticket']) {
    test(`refuses ${path} whatever is accepted`, async () => {
      for (const accept of ['*/*', 'text/event-stream']) {
        const answer = await request(app()).get(path).set({ accept })
        assert.deepEqual([answer.status, answer.body.code], [401, 'ticket-invalid'])
        assert.match(String(answer.get('WWW-Authenticate')), /^Bearer realm="headgate", error="invalid_token"/)
      }
    })
  }
})

suite('a ticket that is used up, or over', () => {
  const ends = ['text/event-stream', 'Text/Event-Stream', 'application/json, text/event-stream;q=0.5']
  for (const ticket of ['used', 'spent']) {
    for (const accept of ends) {
      test(`(${ticket}) ends the retrying of what accepts ${accept}`, async () => {
        const answer = await request(app()).get(`/?ticket=${ticket}`).set({ accept })
        assert.deepEqual([answer.status, answer.text], [204, ''])
      })
    }

    for (const accept of ['*/*', 'application/x-ndjson', 'text/*']) {
      test(`(${ticket}) is a problem to what accepts ${accept}`, async () => {
        const answer = await request(app()).get(`/?ticket=${ticket}`).set({ accept })
        assert.deepEqual([answer.status, answer.body.code], [401, 'ticket-invalid'])
        assert.match(answer.body.message, /Ask for another one/)
      })
    }

    test(`(${ticket}) never looks as if something was published`, async () => {
      const answer = await request(app()).post(`/?ticket=${ticket}`).set({ accept: 'text/event-stream' })
      assert.equal(answer.status, 401)
    })
  }
})
