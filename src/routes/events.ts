import { Router } from 'express'
import { requireScope } from '../auth/guard.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { mediaTypeOf } from './content-headers.ts'
import { type BatchBody, batchEvents, singleEvent, traceOf } from './event-input.ts'
import { type JsonBody, type JsonBodyReader, jsonBodyReader } from './json-body.ts'
import { ndjson, publishLines } from './ndjson.ts'
import { answerJson, type Operation } from './operation.ts'
import { refuseParameters } from './parameters.ts'
import { parsePreferences } from './preferences.ts'
import { answerBatch, answerOne } from './publish-answer.ts'
import { type RouteContext, strict } from './route-context.ts'

/** Publishing, and judging without publishing. */
export function eventsRouter(context: RouteContext): Router {
  const { on, checkBody, authenticated, publisher } = context
  const { limits, http } = context.config
  const { jsonDepth, eventBytes, bodyBytes, batchEvents: maxEvents } = limits
  const timeoutMs = http.bodyTimeoutMs
  const eventBody = jsonBodyReader({
    limit: { name: 'limits.eventBytes', bytes: eventBytes, code: 'event-too-large' },
    jsonDepth,
    timeoutMs,
  })
  // An event's own nesting is what is bounded; the batch around it has two levels and the envelope one.
  const batchBody = jsonBodyReader({
    limit: { name: 'limits.bodyBytes', bytes: bodyBytes, code: 'body-too-large' },
    jsonDepth: jsonDepth + 3,
    timeoutMs,
  })
  const eitherBody: JsonBodyReader = (req) => (/[?&]batch=true(&|$)/.test(req.url) ? batchBody(req) : eventBody(req))
  // Lines are taken as they come: they are not read before the operation begins.
  const eventOrLines: JsonBodyReader = async (req) =>
    mediaTypeOf(req.headers['content-type'], ['application/json', ndjson]) === ndjson ? null : eventBody(req)
  const onLines = publishLines(context)
  const guards = [authenticated, requireScope('publish')]

  const publishEvent: Operation<'publishEvent'> = async (input, res) => {
    const { params, query, headers, body, req } = input
    refuseIdempotencyKey(headers['Idempotency-Key'])
    if (!body) return onLines(input, res)
    refuseParameters('query', query, ['outcomes'], `is for ${ndjson}`)
    const { value, bytes } = body
    const preferences = parsePreferences(headers.Prefer)
    const event = singleEvent({ query, headers, req }, value)
    const published = await publisher.publish(params.topic, [event], optionsOf(preferences.waitMs, traceOf(req), bytes))
    answerOne(res, params.topic, published, preferences)
  }

  const publishBatch: Operation<'publishBatch'> = async ({ params, headers, body, req }, res) => {
    refuseIdempotencyKey(headers['Idempotency-Key'])
    const { value, bytes } = body as JsonBody
    const batch = assertBatch(value as unknown as BatchBody)
    const preferences = parsePreferences(headers.Prefer)
    const options = { ...optionsOf(preferences.waitMs, traceOf(req), bytes), onRefusal: onRefusalOf(batch) }
    const published = await publisher.publish(params.topic, batchEvents(batch), options)
    answerBatch(res, params.topic, published, preferences)
  }

  const validateEvents: Operation<'validateEvents'> = async ({ params, query, headers, body, req }, res) => {
    const { value, bytes } = body as JsonBody
    if (query.batch) {
      checkBody('publishBatch', body as JsonBody)
      const batch = assertBatch(value as unknown as BatchBody)
      onRefusalOf(batch)
      answerJson(res, 200, { judgements: await publisher.judge(params.topic, batchEvents(batch), bytes) })
    } else {
      const [judgement] = await publisher.judge(params.topic, [singleEvent({ query, headers, req }, value)], bytes)
      answerJson(res, 200, judgement)
    }
  }

  const assertBatch = (batch: BatchBody): BatchBody => {
    const { length } = batch.events
    if (length === 0) throw new GatewayError('empty-batch', 'Give at least one event.')
    if (length <= maxEvents) return batch
    const detail = `The batch has ${length} events; at most ${maxEvents} are allowed (limits.batchEvents).`
    throw new GatewayError('body-too-large', detail)
  }

  return Router(strict)
    .post('/v1/topics/:topic/events', on('publishEvent', { guards, reads: eventOrLines }, publishEvent))
    .post('/v1/topics/:topic/events/batch', on('publishBatch', { guards, reads: batchBody }, publishBatch))
    .post('/v1/topics/:topic/events/validate', on('validateEvents', { guards, reads: eitherBody }, validateEvents))
}

function optionsOf(waitMs: number | undefined, trace: ReturnType<typeof traceOf>, requestBytes: number) {
  return { requestBytes, ...(waitMs !== undefined && { waitMs }), ...(trace && { trace }) }
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
