import { GatewayError } from './gateway-error.ts'

/** One thing that is wrong with a request, as the problem body's `faults` lists it. */
export interface RequestFault {
  in: 'path' | 'query' | 'header' | 'body'
  /** A parameter's name, or a JSON Pointer into the body. */
  pointer: string
  message: string
}

/** GatewayError `invalid-body` or `invalid-parameter`, of the one fault. */
export function requestError(place: RequestFault['in'], pointer: string, message: string): GatewayError {
  return new GatewayError(place === 'body' ? 'invalid-body' : 'invalid-parameter', `${pointer} ${message}.`, {
    members: { faults: [{ in: place, pointer, message }] },
  })
}
