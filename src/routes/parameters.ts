import { GatewayError } from '../errors/gateway-error.ts'

/** Refuses parameters that the operation has, but that mean nothing for the body that was sent. */
export function refuseParameters(
  place: 'query' | 'header',
  values: Readonly<Record<string, unknown>>,
  names: readonly string[],
  message: string,
): void {
  const given = names.filter((name) => values[name] !== undefined)
  if (given.length === 0) return
  throw new GatewayError('invalid-parameter', `${given.join(', ')} ${message}.`, {
    members: { faults: given.map((name) => ({ in: place, pointer: name, message })) },
  })
}
