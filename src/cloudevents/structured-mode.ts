import { GatewayError } from '../errors/gateway-error.ts'
import type { RequestFault } from '../errors/request-fault.ts'
import { shownSegment } from '../json/json-pointer.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import type { EventIn } from '../publishing/event-in.ts'
import { eventOf, isAttributeText } from './attributes.ts'
import { isJsonType } from './media-types.ts'

export interface StructuredReading {
  event: EventIn
  faults: RequestFault[]
}

/**
 * The event of a CloudEvent in the JSON event format, which openapi.yaml's schema has been checked against. `at` is where it
 * stands in the body; of `data_base64`, the JSON is no deeper than `maxDepth`. With faults there is no use for the event.
 */
export function readStructured(envelope: JsonObject, at: string, maxDepth: number): StructuredReading {
  const { data, data_base64: base64, ...members } = envelope
  const faults: RequestFault[] = []
  const fault = (name: string, message: string) =>
    faults.push({ in: 'body', pointer: `${at}/${shownSegment(name)}`, message })
  const attributes: Record<string, string> = {}
  for (const [name, member] of Object.entries(members)) {
    // Null is an attribute that is not set (JSON event format §2.2).
    if (member === null) continue
    attributes[name] = String(member)
    if (!isAttributeText(attributes[name])) fault(name, 'must not have control characters or noncharacters')
  }
  if (!isJsonType(attributes.datacontenttype)) fault('datacontenttype', 'must be JSON: only JSON is judged and written')
  if (base64 === undefined) return { event: eventOf(attributes, data ?? null), faults }
  if (data !== undefined) fault('data_base64', 'excludes data')
  const decoded = decodeBase64(base64 as string, maxDepth)
  if ('fault' in decoded) fault('data_base64', decoded.fault)
  return { event: eventOf(attributes, 'value' in decoded ? decoded.value : null), faults }
}

function decodeBase64(text: string, maxDepth: number): { value: JsonValue } | { fault: string } {
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder skips whatever it does not know.
  if (bytes.toString('base64') !== text) return { fault: 'is not base64' }
  try {
    return { value: parseJson(bytes, maxDepth) }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { fault: `does not hold JSON: ${error.message.replace(/^The body/, 'it').replace(/\.$/, '')}` }
  }
}
