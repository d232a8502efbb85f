import { type Request, Router } from 'express'
import { principalOf, requireScope } from '../auth/guard.ts'
import { callerOf } from '../auth/principal.ts'
import { hasTicket, redeemTicket } from '../auth/ticket-guard.ts'
import { isBinaryMode } from '../cloudevents/binary-mode.ts'
import { cloudEvent, cloudEventBatch } from '../cloudevents/media-types.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { EventIn } from '../publishing/event-in.ts'
import type { EventOrigin, WayIn } from '../publishing/refusal-keeping.ts'
import { eventBodies } from './cloud-events.ts'
import { publishingPermit } from './contract-permits.ts'
import { sayDeprecated } from './deprecation-headers.ts'
import { type BatchBody, batchEvents, traceOf } from './event-input.ts'
import { originOf, type ValuePlace } from './event-origin.ts'
import type { JsonBody, JsonBodyReader } from './json-body.ts'
import { takeEvents } from './limited.ts'
import { publishLines } from './ndjson.ts'
import { answerJson, type Operation } from './operation.ts'
import { refuseParameters } from './parameters.ts'
import { parsePreferences } from './preferences.ts'
import { answerBatch, answerOne } from './publish-answer.ts'
import { ndjson, publishBodies } from './publish-body.ts'
import { type RouteContext, strict } from './route-context.ts'
import { schemaVersionOf } from './schema-version.ts'

/** Publishing, and judging without publishing. */
export function eventsRouter(context: RouteContext): Router {
  const { on, checkBody, authenticated, authenticatedOrTicket, publisher, quotas } = context
  const { batchEvents: maxEvents } = context.config.limits
  const bodies = publishBodies(context.config)
  const eitherBody: JsonBodyReader = (req) =>
    /[?&]batch=true(&|$)/.test(req.url) ? bodies.batch(req) : bodies.event(req)
  const events = eventBodies(context)
  const onLines = publishLines(context)
  const guards = [authenticated, requireScope('publish')]
  const guardsOfOne = [authenticatedOrTicket, requireScope('publish')]

  const publishEvent: Operation<'publishEvent'> = async (input, res) => {
    const { params, query, headers, body, req } = input
    refuseIdempotencyKey(headers['Idempotency-Key'])
    if (!body) return onLines(input, res)
    refuseParameters('query', query, ['outcomes'], `is for ${ndjson}`)
    const preferences = parsePreferences(headers.Prefer)
    const { bytes, mediaType, source } = body
    const originAs = (way: WayIn, place: ValuePlace) => originOf(req, res, way, source, place)
    const optionsAs = (origin: EventOrigin) => ({
      ...optionsOf(preferences.waitMs, req, bytes, origin),
      ...schemaVersionOf(input),
    })
    if (mediaType === cloudEventBatch) {
      const several = assertSize(events.several(input, body))
      takeEvents(quotas, { req, res, topic: params.topic }, several.length, bytes)
      if (hasTicket(req)) await redeemTicket(req)
      const options = optionsAs(originAs('cloudevents', { of: 'many', path: [], member: 'data' }))
      answerBatch(res, params.topic, await publisher.publish(params.topic, several, options), preferences)
    } else {
      const event = events.one(input, body)
      takeEvents(quotas, { req, res, topic: params.topic }, 1, bytes)
      if (hasTicket(req)) await redeemTicket(req)
      const path = mediaType === cloudEvent ? ['data'] : []
      const way = mediaType === cloudEvent || isBinaryMode(req.headers) ? 'cloudevents' : 'event'
      const options = optionsAs(originAs(way, { of: 'one', path }))
      answerOne(res, params.topic, await publisher.publish(params.topic, [event], options), preferences)
    }
  }

  const publishBatch: Operation<'publishBatch'> = async (input, res) => {
    const { params, headers, body, req } = input
    refuseIdempotencyKey(headers['Idempotency-Key'])
    const { value, bytes, source } = body as JsonBody
    const batch = value as unknown as BatchBody
    assertSize(batch.events)
    const preferences = parsePreferences(headers.Prefer)
    const origin = originOf(req, res, 'batch', source, { of: 'many', path: ['events'], member: 'value' })
    const options = {
      ...optionsOf(preferences.waitMs, req, bytes, origin),
      ...schemaVersionOf(input),
      onRefusal: onRefusalOf(batch),
    }
    const events = batchEvents(batch)
    takeEvents(quotas, { req, res, topic: params.topic }, events.length, bytes)
    const published = await publisher.publish(params.topic, events, options)
    answerBatch(res, params.topic, published, preferences)
  }

  const validateEvents: Operation<'validateEvents'> = async (input, res) => {
    const { params, query, req } = input
    const body = input.body as JsonBody
    const { mediaType, value, bytes } = body
    const permit = publishingPermit(principalOf(req))
    const options = { requestBytes: bytes, permit, ...schemaVersionOf(input) }
    const judge = async (several: readonly EventIn[]) => {
      takeEvents(quotas, { req, res }, several.length, bytes)
      const { judgements, deprecation } = await publisher.judge(params.topic, several, options)
      sayDeprecated(res, deprecation)
      return judgements
    }
    if (query.batch) {
      checkBody('publishBatch', body)
      const batch = value as unknown as BatchBody
      assertSize(batch.events)
      onRefusalOf(batch)
      answerJson(res, 200, { judgements: await judge(batchEvents(batch)) })
    } else if (mediaType === cloudEventBatch) {
      answerJson(res, 200, { judgements: await judge(assertSize(events.several(input, body))) })
    } else {
      const [judgement] = await judge([events.one(input, body)])
      answerJson(res, 200, judgement)
    }
  }

  const assertSize = <E>(batch: readonly E[]): readonly E[] => {
    const { length } = batch
    if (length === 0) throw new GatewayError('empty-batch', 'Give at least one event.')
    if (length <= maxEvents) return batch
    const detail = `The batch has ${length} events; at most ${maxEvents} are allowed (limits.batchEvents).`
    throw new GatewayError('body-too-large', detail)
  }

  return Router(strict)
    .post(
      '/v1/topics/:topic/events',
      on('publishEvent', { guards: guardsOfOne, reads: bodies.eventOrLines }, publishEvent),
    )
    .post('/v1/topics/:topic/events/batch', on('publishBatch', { guards, reads: bodies.batch }, publishBatch))
    .post('/v1/topics/:topic/events/validate', on('validateEvents', { guards, reads: eitherBody }, validateEvents))
}

function optionsOf(waitMs: number | undefined, req: Request, requestBytes: number, origin: EventOrigin) {
  const trace = traceOf(req)
  const caller = callerOf(principalOf(req))
  const permit = publishingPermit(principalOf(req))
  return { requestBytes, caller, permit, origin, ...(waitMs !== undefined && { waitMs }), ...(trace && { trace }) }
}

function onRefusalOf({ onRefusal = 'skip' }: BatchBody): 'skip' | 'withhold' {
  if (onRefusal !== 'atomic') return onRefusal
  throw new GatewayError(
    'atomic-not-supported',
    'Use "withhold" to write nothing if an event is refused; it is not atomic.',
  )
}

function refuseIdempotencyKey(key: string | undefined): void {
  if (key === undefined) return
  throw new GatewayError(
    'idempotency-key-not-supported',
    'Leave `Idempotency-Key` out: the gateway would not honour it.',
  )
}
