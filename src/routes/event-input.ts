import type { Request } from 'express'
import { GatewayError } from '../errors/gateway-error.ts'
import type { components } from '../generated/openapi.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import { parseTime } from '../json/time.ts'
import type { EventIn } from '../publishing/event-in.ts'
import type { TraceContext } from '../publishing/record-headers.ts'
import type { OperationInput } from './operation.ts'

type SingleInput = Pick<OperationInput<'publishEvent'>, 'query' | 'headers'>
export type BatchBody = components['schemas']['Batch'] & { events: { value: JsonValue }[] }

const ascii = /^[\x20-\x7e]*$/
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The event of a request whose body is the value: key, headers, partition and time stand beside it. */
export function singleEvent({ query, headers }: SingleInput, value: JsonValue): EventIn {
  const event: EventIn = { value }
  const key = keyOf(query.key, headers['Event-Key'])
  if (key !== undefined) event.key = key
  const eventHeaders = headers['Event-Headers']
  if (eventHeaders !== undefined) event.headers = parseEventHeaders(eventHeaders)
  if (query.partition !== undefined) event.partition = query.partition
  if (query.timestamp !== undefined) event.timestamp = timestampOf(query.timestamp, 'query', 'timestamp')
  return event
}

/** The events of a batch that openapi.yaml's schema has been checked against. */
export function batchEvents({ events }: BatchBody): EventIn[] {
  return events.map(({ timestamp, ...event }, index) => {
    const at = `/events/${index}`
    assertBase64(event.key as JsonValue, `${at}/key`)
    for (const [name, header] of Object.entries(event.headers ?? {})) {
      for (const each of [header].flat()) assertBase64(each as JsonValue, `${at}/headers/${name}`)
    }
    const timed =
      timestamp === undefined ? event : { ...event, timestamp: timestampOf(timestamp, 'body', `${at}/timestamp`) }
    return timed as EventIn
  })
}

/** The caller's W3C trace context, where it is one (Trace Context §3.2). */
export function traceOf({ headers }: Request): TraceContext | undefined {
  const { traceparent, tracestate } = headers
  if (typeof traceparent !== 'string' || !/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)) {
    return undefined
  }
  return typeof tracestate === 'string' && tracestate.length <= 512 ? { traceparent, tracestate } : { traceparent }
}

function keyOf(inQuery: string | undefined, inHeader: string | undefined): string | undefined {
  if (inQuery !== undefined && inHeader !== undefined) throw fault('header', 'Event-Key', 'is given in the query, too')
  if (inHeader !== undefined && !ascii.test(inHeader)) {
    throw fault('header', 'Event-Key', 'has characters beyond ASCII, which a header cannot carry safely: use ?key=')
  }
  return inQuery ?? inHeader
}

function parseEventHeaders(text: string): NonNullable<EventIn['headers']> {
  const parsed = ascii.test(text) ? tryParse(text) : undefined
  if (parsed === undefined || !Object.values(parsed).every(isHeaderValues)) {
    throw fault(
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
  return Object.keys(value).length === 1 && typeof value.base64 === 'string' && base64.test(value.base64)
}

function assertBase64(value: JsonValue | undefined, pointer: string): void {
  if (value === undefined || value === null || isByteText(value)) return
  throw fault('body', pointer, 'is not base64')
}

function timestampOf(given: string | number, place: 'query' | 'body', pointer: string): number {
  const isMs = typeof given === 'number' || /^\d{1,16}$/.test(given)
  const ms = isMs ? Number(given) : parseTime(given)
  // Kafka's clients take 0 for "now", and negative times for none.
  if (ms !== undefined && ms > 0 && ms <= 8.64e15) return ms
  throw fault(place, pointer, 'must be an RFC 3339 time after 1970, or milliseconds since then')
}

function fault(place: 'query' | 'header' | 'body', pointer: string, message: string): GatewayError {
  return new GatewayError(place === 'body' ? 'invalid-body' : 'invalid-parameter', `${pointer} ${message}.`, {
    members: { faults: [{ in: place, pointer, message }] },
  })
}
