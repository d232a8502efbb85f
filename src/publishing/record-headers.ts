import type { Violation } from '../errors/violation.ts'
import { type ByteText, bytesOf } from '../json/byte-text.ts'
import { shownSegment } from '../json/json-pointer.ts'
import type { RecordHeader } from '../kafka/record.ts'
import type { EventIn } from './event-in.ts'

export interface HeaderLimits {
  headers: number
  headersBytes: number
}

/** W3C trace context of the request, for events that bring none of their own. */
export interface TraceContext {
  traceparent: string
  tracestate?: string
}

const none: readonly RecordHeader[] = []

/** The record's headers in the caller's order, `content-type` where the event has one, and the trace context. */
export function recordHeaders(
  { headers, contentType }: EventIn,
  trace: TraceContext | undefined,
  limits: HeaderLimits,
): { headers: readonly RecordHeader[] } | { violations: readonly Violation[] } {
  if (headers === undefined && trace === undefined && contentType === undefined) return { headers: none }
  const given = headers === undefined ? [] : Object.entries(headers).flatMap(([name, value]) => entriesOf(name, value))
  if (contentType !== undefined) given.push(...entriesOf('content-type', contentType))
  const all = trace && !given.some(({ name }) => name === 'traceparent') ? [...given, ...traceHeaders(trace)] : given
  const bytes = given.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + (value?.length ?? 0), 0)
  const violations = Object.keys(headers ?? {})
    .filter((name) => name.startsWith('__'))
    .map(reservedName)
  if (given.length > limits.headers || bytes > limits.headersBytes)
    violations.push(tooLarge(given.length, bytes, limits))
  return violations.length > 0 ? { violations } : { headers: all }
}

function tooLarge(count: number, bytes: number, limits: HeaderLimits): Violation {
  return {
    pointer: '',
    in: 'headers',
    code: 'headers-too-large',
    message: 'The event has too many headers, or too large ones.',
    expected: `at most ${limits.headers} headers of ${limits.headersBytes} bytes together`,
    found: `${count} headers of ${bytes} bytes`,
  }
}

function entriesOf(name: string, value: ByteText | readonly ByteText[]): RecordHeader[] {
  const values = Array.isArray(value) ? (value as readonly ByteText[]) : [value as ByteText]
  return values.map((each) => ({ name, value: bytesOf(each) }))
}

function traceHeaders({ traceparent, tracestate }: TraceContext): RecordHeader[] {
  const headers = [{ name: 'traceparent', value: Buffer.from(traceparent) }]
  return tracestate === undefined ? headers : [...headers, { name: 'tracestate', value: Buffer.from(tracestate) }]
}

// Serializers keep schema ids in headers of such names: a caller's would change how the record is read.
function reservedName(name: string): Violation {
  return {
    pointer: `/${shownSegment(name)}`,
    in: 'headers',
    code: 'reserved-header',
    message: 'Names that begin with two underscores are kept for serializers.',
    expected: 'another name',
    found: 'a reserved name',
  }
}
