import type { Request } from 'express'
import { requestError } from '../errors/request-fault.ts'
import type { components } from '../generated/openapi.ts'
import { shownSegment } from '../json/json-pointer.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import { parseTime } from '../json/time.ts'
import type { EventIn } from '../publishing/event-in.ts'
import type { TraceContext } from '../publishing/record-headers.ts'
import type { OperationInput } from './operation.ts'

export type SingleInput = Pick<OperationInput<'publishEvent'>, 'query' | 'headers' | 'req'>
export type Envelope = Omit<components['schemas']['EventIn'], 'value'> & { value: JsonValue }
export type BatchBody = Omit<components['schemas']['Batch'], 'events'> & { events: Envelope[] }

const ascii = /^[\x20-\x7e]*$/
// RFC 3339 has years of four digits.
const latestTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The event of a request whose body is the value: key, headers, partition and time stand beside it. */
export function singleEvent({ query, headers, req }: SingleInput, value: JsonValue): EventIn {
  const event: EventIn = { value }
  const key = keyOf(query.key, headers['Event-Key'], req)
  if (key !== undefined) event.key = key
  const eventHeaders = headers['Event-Headers']
  if (eventHeaders !== undefined) event.headers = parseEventHeaders(eventHeaders)
  if (query.partition !== undefined) event.partition = query.partition
  if (query.timestamp !== undefined) event.timestamp = timestampOf(query.timestamp, 'query', 'timestamp')
  return event
}

/** The events of a batch that openapi.yaml's schema has been checked against. */
export function batchEvents({ events }: BatchBody): EventIn[] {
  return events.map((event, index) => envelopeEvent(event, `/events/${index}`))
}

/** The event of an envelope, which openapi.yaml's schema has been checked against. Throws `invalid-body`, with pointers below `at`. */
export function envelopeEvent({ timestamp, ...event }: Envelope, at: string): EventIn {
  assertBase64(event.key as JsonValue, `${at}/key`)
  for (const [name, header] of Object.entries(event.headers ?? {})) {
    for (const each of [header].flat()) assertBase64(each as JsonValue, `${at}/headers/${shownSegment(name)}`)
  }
  const timed =
    timestamp === undefined ? event : { ...event, timestamp: timestampOf(timestamp, 'body', `${at}/timestamp`) }
  return timed as EventIn
}

// Trace Context §3.2: version ff, and ids of nothing but zeros, are not valid.
const traceparentForm = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The caller's W3C trace context, where it is one. */
export function traceOf({ headers }: Request): TraceContext | undefined {
  const { traceparent, tracestate } = headers
  if (typeof traceparent !== 'string' || !traceparentForm.test(traceparent)) return undefined
  return typeof tracestate === 'string' && tracestate.length <= 512 ? { traceparent, tracestate } : { traceparent }
}

function keyOf(inQuery: string | undefined, inHeader: string | undefined, req: Request): string | undefined {
  if (inQuery !== undefined && inHeader !== undefined)
    throw requestError('header', 'Event-Key', 'is given in the query, too')
  // Node joins repeated ones with a comma, which would be another key.
  if (inHeader?.includes(', ') && req.headersDistinct['event-key']?.length !== 1)
    throw requestError('header', 'Event-Key', 'is given twice')
  if (inHeader !== undefined && !ascii.test(inHeader)) {
    throw requestError(
      'header',
      'Event-Key',
      'has characters beyond ASCII, which a header cannot carry safely: use ?key=',
    )
  }
  return inQuery ?? inHeader
}

function parseEventHeaders(text: string): NonNullable<EventIn['headers']> {
  const parsed = ascii.test(text) ? tryParse(text) : undefined
  if (parsed === undefined || !Object.values(parsed).every(isHeaderValues)) {
    throw requestError(
      'header',
      'Event-Headers',
      'must be a JSON object in ASCII, such as {"source":"shop"}; see EventIn.headers',
    )
  }
  return parsed as NonNullable<EventIn['headers']>
}

function tryParse(text: string): JsonObject | undefined {
  try {
    const value = parseJson(Buffer.from(text), 3)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isHeaderValues = (value: JsonValue): boolean =>
  Array.isArray(value) ? value.every(isByteText) : isByteText(value)

function isByteText(value: JsonValue): boolean {
  if (typeof value === 'string') return true
  if (!isJsonObject(value)) return false
  return Object.keys(value).length === 1 && typeof value.base64 === 'string' && isBase64(value.base64)
}

// Node's decoder skips whatever it does not know, so only what encodes back to the same text was base64.
const isBase64 = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text

function assertBase64(value: JsonValue | undefined, pointer: string): void {
  if (value === undefined || value === null || isByteText(value)) return
  throw requestError('body', pointer, 'is not base64')
}

function timestampOf(given: string | number, place: 'query' | 'body', pointer: string): number {
  const isMs = typeof given === 'number' || /^\d{1,16}$/.test(given)
  const ms = isMs ? Number(given) : parseTime(given)
  // Kafka's clients take 0 for "now", and negative times for none.
  if (ms !== undefined && ms > 0 && ms <= latestTime) return ms
  throw requestError(
    place,
    pointer,
    'must be an RFC 3339 time after 1970, or milliseconds since then, and before the year 10000',
  )
}
