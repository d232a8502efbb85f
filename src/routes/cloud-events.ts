import { eventOf, isAttributeHeader } from '../cloudevents/attributes.ts'
import { isBinaryMode, readBinary } from '../cloudevents/binary-mode.ts'
import { cloudEvent } from '../cloudevents/media-types.ts'
import { readStructured } from '../cloudevents/structured-mode.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { RequestFault } from '../errors/request-fault.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { bodyError, parameterError, shownName } from '../openapi/request-faults.ts'
import type { EventIn } from '../publishing/event-in.ts'
import { type SingleInput, singleEvent } from './event-input.ts'
import type { JsonBody } from './json-body.ts'
import { refuseParameters } from './parameters.ts'
import type { RouteContext } from './route-context.ts'

/** The events of bodies that hold one, or CloudEvents in batched mode. Throws `invalid-body` and `invalid-parameter`, with all faults. */
export interface EventBodies {
  one(input: SingleInput, body: JsonBody): EventIn
  several(input: SingleInput, body: JsonBody): EventIn[]
}

export function eventBodies({
  checkBody,
  config: { limits },
}: Pick<RouteContext, 'checkBody' | 'config'>): EventBodies {
  const { jsonDepth } = limits
  return {
    one(input, { mediaType, value }) {
      if (mediaType === cloudEvent) return withParameters(structuredEvent(value, jsonDepth), input)
      if (isBinaryMode(input.req.headers)) return withParameters(binaryEvent(input, value, checkBody), input)
      return singleEvent(input, value)
    },
    several: (input, { value }) => batchedEvents(input, value, jsonDepth),
  }
}

function structuredEvent(value: JsonValue, jsonDepth: number): EventIn {
  const { event, faults } = readStructured(value as JsonObject, '', jsonDepth)
  if (faults.length > 0) throw bodyError(faults)
  return event
}

/** Keys, headers, partitions and times of several events cannot be in parameters. */
function batchedEvents({ query, headers }: SingleInput, value: JsonValue, jsonDepth: number): EventIn[] {
  const ofOne = 'is for one event'
  refuseParameters('query', query, ['key', 'partition', 'timestamp'], ofOne)
  refuseParameters('header', headers, ['Event-Key', 'Event-Headers'], ofOne)
  const readings = (value as JsonObject[]).map((envelope, index) => readStructured(envelope, `/${index}`, jsonDepth))
  const faults = readings.flatMap((reading) => reading.faults)
  if (faults.length > 0) throw bodyError(faults)
  return readings.map(({ event }) => event)
}

function binaryEvent({ req }: SingleInput, value: JsonValue, checkBody: RouteContext['checkBody']): EventIn {
  const { attributes, faults } = readBinary(req.headersDistinct)
  faults.push(...formFaults(attributes, checkBody))
  if (faults.length > 0) throw parameterError(faults)
  return eventOf(attributes, value)
}

/** Attributes have the forms in headers that they have in structured mode. */
function formFaults(attributes: JsonObject, checkBody: RouteContext['checkBody']): RequestFault[] {
  try {
    checkBody('publishEvent', { value: attributes, mediaType: cloudEvent, bytes: 0 })
    return []
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const found = error.extras.members?.faults as RequestFault[]
    // What has no pointer is a required attribute without a header, which is a fault already.
    return found
      .filter(({ pointer }) => pointer !== '')
      .map(({ pointer, message }) => ({ in: 'header', pointer: `ce-${pointer.slice(1)}`, message }))
  }
}

/** The event with what stands beside it in parameters, which add to it and must agree with it. */
function withParameters(event: EventIn, input: SingleInput): EventIn {
  const beside = singleEvent(input, event.value)
  const faults: RequestFault[] = Object.keys(beside.headers ?? {})
    .filter(isAttributeHeader)
    .map((name) => ({
      in: 'header',
      pointer: 'Event-Headers',
      message: `must not have "${shownName(name)}" with a CloudEvent`,
    }))
  if (beside.key !== undefined && event.key !== undefined && beside.key !== event.key) {
    const place =
      input.query.key === undefined ? { in: 'header', pointer: 'Event-Key' } : { in: 'query', pointer: 'key' }
    faults.push({ ...place, message: 'is not the partitionkey of the CloudEvent' } as RequestFault)
  }
  if (faults.length > 0) throw parameterError(faults)
  return { ...event, ...beside, headers: { ...event.headers, ...beside.headers } }
}
