import { GatewayError } from '../errors/gateway-error.ts'
import type { RequestFault } from '../errors/request-fault.ts'
import type { Violation } from '../errors/violation.ts'
import { segmentsOf, valueAt } from '../json/json-pointer.ts'
import { type JsonValue, jsonTypeOf } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import type { EventStreamOptions } from '../publishing/event-stream.ts'
import { type Envelope, envelopeEvent } from './event-input.ts'

/** Reads a line of NDJSON as an envelope. What is wrong with one is its violations, and no error of the request. */
export function lineEventReader(
  checkEnvelope: (value: JsonValue, bytes: number) => void,
  jsonDepth: number,
): EventStreamOptions['eventOf'] {
  return (line) => {
    let envelope: JsonValue = null
    try {
      // An event's own nesting is what is bounded; the envelope is one level more.
      envelope = parseJson(line, jsonDepth + 1)
      checkEnvelope(envelope, line.length)
      return envelopeEvent(envelope as unknown as Envelope, '')
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      return { violations: error.code === 'malformed-json' ? [malformed(error)] : invalid(error, envelope) }
    }
  }
}

function malformed({ message }: GatewayError): Violation {
  return {
    pointer: '',
    in: 'envelope',
    code: 'malformed-json',
    message: message.replace(/^The body/, 'The line'),
    expected: 'an envelope as strict JSON',
    found: 'other bytes',
  }
}

function invalid({ extras }: GatewayError, envelope: JsonValue): Violation[] {
  const faults = extras.members?.faults as RequestFault[]
  return faults.map(({ pointer, message }) => {
    const found = valueAt(envelope, segmentsOf(pointer))
    return {
      pointer,
      in: 'envelope',
      code: 'invalid-envelope',
      message: 'The envelope around the event is not as documented.',
      expected: message,
      found: found === undefined ? 'nothing' : jsonTypeOf(found),
    }
  })
}
