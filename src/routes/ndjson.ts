import { createGunzip } from 'node:zlib'
import { principalOf } from '../auth/guard.ts'
import { callerOf } from '../auth/principal.ts'
import { redeemTicket } from '../auth/ticket-guard.ts'
import type { JsonValue } from '../json/json-value.ts'
import { contentEncoding } from './content-headers.ts'
import { publishingPermit } from './contract-permits.ts'
import { sayDeprecated } from './deprecation-headers.ts'
import { traceOf } from './event-input.ts'
import { memberText, sourceOf } from './event-origin.ts'
import { holdStream, takeEvents } from './limited.ts'
import { lineEventReader } from './line-event.ts'
import { NdjsonAnswer } from './ndjson-answer.ts'
import { NdjsonExchange } from './ndjson-exchange.ts'
import type { Operation } from './operation.ts'
import { refuseParameters } from './parameters.ts'
import { parsePreferences } from './preferences.ts'
import { ndjson } from './publish-body.ts'
import type { RouteContext } from './route-context.ts'
import { schemaVersionOf } from './schema-version.ts'

const inEnvelope = 'stands in the envelope of each line'

type NdjsonContext = Pick<RouteContext, 'publisher' | 'quotas' | 'checkBody' | 'readiness' | 'config'>

/** Publishing a stream of lines. */
export function publishLines(context: NdjsonContext): Operation<'publishEvent'> {
  const { publisher, quotas, checkBody, config } = context
  const checkLine = (value: JsonValue, bytes: number) => checkBody('publishEvent', { value, mediaType: ndjson, bytes })
  const eventOf = lineEventReader(checkLine, config.limits.jsonDepth)

  return async (input, res) => {
    const { params, query, headers, req } = input
    refuseParameters('query', query, ['key', 'partition', 'timestamp'], inEnvelope)
    refuseParameters('header', headers, ['Event-Key', 'Event-Headers'], inEnvelope)
    const encoding = contentEncoding(req.headers['content-encoding'])
    const { waitMs } = parsePreferences(headers.Prefer)
    const asked = schemaVersionOf(input)
    const trace = traceOf(req)
    takeEvents(quotas, { req, res, topic: params.topic }, 0, 0)
    holdStream(quotas, req, res)
    await redeemTicket(req)
    const principal = principalOf(req)
    const pace = quotas.pace(principal, params.topic)
    const answer = new NdjsonAnswer(res)
    const stream = await publisher.openStream({
      topic: params.topic,
      ...asked,
      caller: callerOf(principal),
      permit: publishingPermit(principal),
      pace,
      eventOf,
      textOf: (line) => memberText(line, 'value'),
      source: () => sourceOf(req, res, 'lines'),
      ...(waitMs !== undefined && { waitMs }),
      ...(trace && { trace }),
      reportsPublished: query.outcomes === 'all',
      onOutcome: (line, outcome) => answer.add({ line, ...outcome }),
      onSettled: () => exchange.wake(),
    })
    const lines = encoding === 'gzip' ? req.pipe(createGunzip()) : req
    const exchange = new NdjsonExchange({ ...context, req, res, input: lines, answer, stream, pace })
    sayDeprecated(res, stream.deprecation)
    answer.begin(waitMs === undefined ? [] : [`wait=${waitMs / 1000}`])
    await exchange.run()
  }
}
