import type { Deprecation } from '../contracts/deprecation.ts'
import { GatewayError } from '../errors/gateway-error.ts'

/** Throws `sunset-passed` where that is so, and the contract refuses events from then on. */
export function assertBeforeSunset({ sunset, successor, refuseAfterSunset }: Deprecation, now: number): void {
  if (!refuseAfterSunset || sunset === undefined || now < Date.parse(sunset)) return
  const instead = successor === undefined ? '' : ` Publish to "${successor}".`
  throw new GatewayError('sunset-passed', `What would judge the event is not taken any more since ${sunset}.${instead}`)
}
