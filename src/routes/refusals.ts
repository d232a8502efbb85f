import { type Request, type Response, Router } from 'express'
import { assertMay, principalOf, requireScope } from '../auth/guard.ts'
import { callerOf } from '../auth/principal.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { components } from '../generated/openapi.ts'
import type { PatchOperation } from '../json/json-patch.ts'
import type { ReplayOutcome } from '../refusals/replay-answer.ts'
import type { ReadEnvelope } from '../refusals/replayed-event.ts'
import { auditedRequest } from './audited-request.ts'
import { publishingPermit } from './contract-permits.ts'
import { type Envelope, envelopeEvent } from './event-input.ts'
import { type JsonBody, jsonBodyReader } from './json-body.ts'
import { spendRead } from './limited.ts'
import { answerJson, answerText, type Operation } from './operation.ts'
import { ndjson } from './publish-body.ts'
import { filterOf, maySee, shownOutcome, shownRefusal } from './refusal-view.ts'
import { type RouteContext, strict } from './route-context.ts'
import { assertUnmasked } from './unmasking-scopes.ts'

type Schemas = components['schemas']

const mostRefusals = 1_000

/** Refused events that are kept: looked at, replayed, discarded. */
export function refusalsRouter(context: RouteContext): Router {
  const { on, authenticated, refusals, contracts, quotas, checkBody, config } = context
  const { administration, cursors } = refusals
  // What stands around the values of a patch are two levels.
  const reads = jsonBodyReader(config, 2)

  const readEnvelope: ReadEnvelope = (value, bytes) => {
    checkBody('publishEvent', { value, mediaType: ndjson, bytes })
    return envelopeEvent(value as unknown as Envelope, '')
  }

  const wishOf = (req: Request, res: Response, topic: string, body: Partial<Schemas['ReplayOneRequest']>) => {
    const principal = principalOf(req)
    publishingPermit(principal)(contracts.get(topic))
    if (body.patch) {
      assertMay(principal, ['read'], topic)
      assertUnmasked(principal, [topic], contracts, 'A patch can copy any part of an event to another place')
    }
    return {
      patch: body.patch as unknown as readonly PatchOperation[] | undefined,
      dryRun: body.dryRun === true,
      readEnvelope,
      caller: callerOf(principal),
      request: auditedRequest(req, res),
    }
  }
  const placeOf = (topic: string, cursor: string | undefined) =>
    cursor === undefined ? undefined : cursors.verify(topic, cursor)

  const listRefusals: Operation<'listRefusals'> = async ({ params: { topic }, query, req }, res) => {
    const principal = principalOf(req)
    const { limit = 100, cursor, state } = query
    quotas.beginRead(principal)
    const wish = { filter: { ...filterOf(query, 'query'), state }, from: placeOf(topic, cursor), limit }
    const page = await administration.list(topic, wish)
    const isSeen = maySee(principal, topic, contracts)
    const answer: Schemas['RefusalPage'] = {
      topic,
      open: page.open,
      refusals: page.refusals.map((refusal) => shownRefusal(refusal, isSeen)),
      cursor: page.next ? cursors.sign(topic, page.next) : null,
      atEnd: page.atEnd,
    }
    const text = JSON.stringify(answer)
    spendRead(quotas, { req, res }, page.refusals.length, text)
    answerText(res, 200, 'application/json', text)
  }

  const getRefusal: Operation<'getRefusal'> = async ({ params: { topic, refusal }, req }, res) => {
    const principal = principalOf(req)
    quotas.beginRead(principal)
    const found = await administration.get(topic, refusal)
    const text = JSON.stringify(shownRefusal(found, maySee(principal, topic, contracts)))
    spendRead(quotas, { req, res }, 1, text)
    answerText(res, 200, 'application/json', text)
  }

  const replayRefusal: Operation<'replayRefusal'> = async ({ params: { topic, refusal }, body, req }, res) => {
    const asked = bodyOf<Schemas['ReplayOneRequest']>(body)
    const wish = wishOf(req, res, topic, asked)
    const outcome = await administration.replayOne(topic, refusal, wish)
    const shown = shownOutcome(outcome, maySee(principalOf(req), topic, contracts))
    if (!wish.dryRun && shown.outcome !== 'replayed') throw problemOf(shown)
    answerJson(res, 200, shown satisfies Schemas['ReplayOutcome'])
  }

  const replayRefusals: Operation<'replayRefusals'> = async ({ params: { topic }, body, req }, res) => {
    const asked = bodyOf<Schemas['ReplayRequest']>(body)
    const { filter = {}, limit = mostRefusals, cursor } = asked
    const page = { filter: filterOf(filter, 'body'), from: placeOf(topic, cursor), limit }
    const replayed = await administration.replayMany(topic, page, wishOf(req, res, topic, asked))
    const isSeen = maySee(principalOf(req), topic, contracts)
    const answer: Schemas['ReplayAnswer'] = {
      topic,
      counts: countsOf(replayed.outcomes),
      outcomes: replayed.outcomes.map((outcome) => shownOutcome(outcome, isSeen)),
      cursor: replayed.next ? cursors.sign(topic, replayed.next) : null,
      atEnd: replayed.atEnd,
      stopped: replayed.stopped ?? null,
    }
    answerJson(res, 200, answer)
  }

  const discardRefusal: Operation<'discardRefusal'> = async ({ params: { topic, refusal }, req }, res) => {
    const asked = { caller: callerOf(principalOf(req)), request: auditedRequest(req, res) }
    await administration.discard(topic, refusal, asked)
    res.status(204).end()
  }

  const guards = [authenticated, requireScope('contracts-write')]
  const path = '/v1/topics/:topic/refusals'
  return Router(strict)
    .param('refusal', (_req, _res, next, name) => (name === 'replay' ? next('router') : next()))
    .get(path, on('listRefusals', { guards }, listRefusals))
    .post(`${path}/replay`, on('replayRefusals', { guards, reads }, replayRefusals))
    .get(`${path}/:refusal`, on('getRefusal', { guards }, getRefusal))
    .delete(`${path}/:refusal`, on('discardRefusal', { guards }, discardRefusal))
    .post(`${path}/:refusal/replay`, on('replayRefusal', { guards, reads }, replayRefusal))
}

const bodyOf = <Body>(body: JsonBody | null): Partial<Body> => (body as JsonBody).value as unknown as Partial<Body>

function countsOf(outcomes: readonly ReplayOutcome[]): Schemas['ReplayAnswer']['counts'] {
  const counts = { replayed: 0, valid: 0, refused: 0, unpatched: 0, failed: 0, unknown: 0 }
  for (const { outcome } of outcomes) counts[outcome]++
  return counts
}

function problemOf(outcome: Exclude<ReplayOutcome, { outcome: 'replayed' }>): GatewayError {
  switch (outcome.outcome) {
    case 'refused': {
      const { violations } = outcome
      const members = { outcome: 'refused' }
      return new GatewayError('event-refused', 'The event still breaks its contract.', { violations, members })
    }
    case 'unpatched':
      return new GatewayError('patch-failed', outcome.detail)
    case 'failed':
      return new GatewayError(outcome.code, outcome.detail)
    case 'unknown': {
      const members = { outcome: 'unknown', retryable: true }
      return new GatewayError('outcome-unknown', outcome.detail, { members, mayBeDone: true })
    }
    case 'valid':
      throw new Error('only a dry run has this outcome')
  }
}
