import { Router } from 'express'
import { principalOf, requireScope } from '../auth/guard.ts'
import { callerOf } from '../auth/principal.ts'
import { cloudEventOf } from '../cloudevents/from-event.ts'
import { cloudEvent, cloudEventBatch } from '../cloudevents/media-types.ts'
import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { parseStartPosition } from '../reading/start-position.ts'
import { readingPermit } from './contract-permits.ts'
import { eventWish } from './event-wish.ts'
import { spendRead } from './limited.ts'
import { negotiate } from './negotiate.ts'
import { answerText, type Operation, type OperationInput } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'
import { unmaskingScopes } from './unmasking-scopes.ts'

/** Events by cursor, and one by its offset. */
export function readingRouter({
  on,
  authenticated,
  events,
  contracts,
  quotas,
  config: { limits },
}: RouteContext): Router {
  const guards = [authenticated, requireScope('read')]

  const readEvents: Operation<'readEvents'> = async ({ params, query, req }, res) => {
    const form = negotiate(req, res, ['application/json', cloudEventBatch])
    const { cursor, partition } = query
    const { limit, wait, from } = checkedQuery(query, limits)
    const principal = principalOf(req)
    quotas.beginRead(principal)
    const gone = new AbortController()
    res.on('close', () => gone.abort())
    const page = await events.read(params.topic, {
      cursor,
      partition,
      ...eventWish(query, unmaskingScopes(principal, [params.topic], contracts)),
      limit,
      from: parseStartPosition(from),
      waitMs: wait * 1000,
      signal: gone.signal,
      permit: readingPermit(principal),
      caller: callerOf(principal),
    })
    const text = JSON.stringify(form === cloudEventBatch ? page.events.map(cloudEventOf) : page)
    spendRead(quotas, { req, res }, page.events.length, text)
    if (form === cloudEventBatch) {
      res.setHeader('event-cursor', page.cursor)
      res.setHeader('event-at-end', String(page.atEnd))
    }
    answerText(res, 200, form, text)
  }

  const readEvent: Operation<'readEvent'> = async ({ params: { topic, partition, offset }, query, req }, res) => {
    const form = negotiate(req, res, ['application/json', cloudEvent])
    const principal = principalOf(req)
    quotas.beginRead(principal)
    const options = {
      longs: query.longs ?? 'number',
      unmasked: unmaskingScopes(principal, [topic], contracts),
      permit: readingPermit(principal),
      caller: callerOf(principal),
    } as const
    const event = await events.readOne(topic, partition, offset, options)
    const text = JSON.stringify(form === cloudEvent ? cloudEventOf(event) : event)
    spendRead(quotas, { req, res }, 1, text)
    answerText(res, 200, form, text)
  }

  return Router(strict)
    .get('/v1/topics/:topic/events', on('readEvents', { guards }, readEvents))
    .get('/v1/topics/:topic/partitions/:partition/events/:offset', on('readEvent', { guards }, readEvent))
}

/** The limits that are settings, which openapi.yaml cannot state. */
function checkedQuery(query: OperationInput<'readEvents'>['query'], limits: Config['limits']) {
  const { cursor, partition, limit = Math.min(500, limits.readEvents), wait = 0, from = 'earliest' } = query
  const faults = [
    limit > limits.readEvents && { pointer: 'limit', message: `is at most ${limits.readEvents} (limits.readEvents)` },
    wait > limits.readWaitSeconds && {
      pointer: 'wait',
      message: `is at most ${limits.readWaitSeconds} (limits.readWaitSeconds)`,
    },
    cursor !== undefined && from !== 'earliest' && { pointer: 'from', message: 'goes without a cursor only' },
    cursor !== undefined && partition !== undefined && { pointer: 'partition', message: 'goes without a cursor only' },
  ].filter((fault) => fault !== false)
  if (faults.length === 0) return { limit, wait, from }
  const detail = `${faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}.`
  throw new GatewayError('invalid-parameter', detail, {
    members: { faults: faults.map((fault) => ({ in: 'query', ...fault })) },
  })
}
