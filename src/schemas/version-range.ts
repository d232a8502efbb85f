import { GatewayError } from '../errors/gateway-error.ts'
import type { WriterSchema } from './schema-catalog.ts'

export interface VersionRange {
  from: number
  to?: number | undefined
}

/** What the registry has of a range. */
export interface SchemasInRange {
  /** In order. */
  versions: readonly number[]
  newest: WriterSchema
}

export const allowedVersions = (
  { from, to = Number.POSITIVE_INFINITY }: VersionRange,
  all: readonly number[],
): number[] => all.filter((version) => version >= from && version <= to).sort((one, other) => one - other)

export const namedRange = ({ from, to }: VersionRange): string =>
  to === undefined ? `version from ${from} on` : `version from ${from} to ${to}`

/** `allowed`: in order; none where the topic has no schema. */
export function versionNotAllowed(asked: number, allowed: readonly number[]): GatewayError {
  const [first, last] = [allowed[0], allowed.at(-1)]
  const instead =
    first === undefined
      ? 'the topic has no schema'
      : first === last
        ? `the contract allows version ${first} alone`
        : `the contract allows versions from ${first} to ${last}`
  return new GatewayError('schema-version-not-allowed', `Version ${asked} was asked for; ${instead}.`, {
    members: { allowedVersions: allowed },
  })
}
