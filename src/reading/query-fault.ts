import { GatewayError } from '../errors/gateway-error.ts'

/** GatewayError `invalid-parameter`, of a parameter of the query. */
export function queryFault(parameter: string, message: string): GatewayError {
  return new GatewayError('invalid-parameter', `${parameter}: ${message}.`, {
    members: { faults: [{ in: 'query', pointer: parameter, message }] },
  })
}
