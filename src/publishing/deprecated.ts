import type { Deprecation } from '../contracts/deprecation.ts'
import { GatewayError } from '../errors/gateway-error.ts'

/** What a contract says against publishing by that version of the schema (null: by none); undefined where it says nothing. */
export function deprecationOf(deprecation: Deprecation, version: number | null): Deprecation | undefined {
  const { versions, before } = deprecation
  if (versions) return version !== null && versions.includes(version) ? deprecation : undefined
  if (before !== undefined) return version !== null && version < before ? deprecation : undefined
  return deprecation
}

/** Throws `sunset-passed` where that is so, and the contract refuses events from then on. */
export function assertBeforeSunset({ sunset, successor, refuseAfterSunset }: Deprecation, now: number): void {
  if (!refuseAfterSunset || sunset === undefined || now < Date.parse(sunset)) return
  const instead = successor === undefined ? '' : ` Publish to "${successor}".`
  throw new GatewayError('sunset-passed', `What would judge the event is not taken any more since ${sunset}.${instead}`)
}
