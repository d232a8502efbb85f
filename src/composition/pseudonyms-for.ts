import type { Secrets } from '../config/config.ts'
import { ConfigError } from '../config/config-error.ts'
import type { Contract } from '../contracts/contract.ts'
import type { Refuse } from '../contracts/file-contracts.ts'
import { hashPlaces } from '../contracts/masking.ts'
import { type PseudonymOf, pseudonyms } from '../reading/masking/pseudonyms.ts'

/** Undefined without the secret for them. Throws a ConfigError where a contract needs it. */
export function pseudonymsFor(contracts: readonly Contract[], { masking }: Secrets): PseudonymOf | undefined {
  if (masking !== undefined) return pseudonyms(masking)
  const hashing = contracts.filter((contract) => hashesOf(contract).length > 0)
  if (hashing.length === 0) return undefined
  const topics = hashing.map(({ topic }) => `\`${topic}\``).join(', ')
  const message = `is required: contracts hash what they mask (${topics})`
  throw new ConfigError([{ setting: 'HEADGATE_SECRETS_MASKING', message }])
}

/** What a contract that comes later must not have without the secret. */
export function withoutPseudonyms({ masking }: Secrets): Refuse {
  if (masking !== undefined) return () => []
  const message = 'needs the secret HEADGATE_SECRETS_MASKING, which this gateway does not have'
  return (contract) => hashesOf(contract).map((path) => ({ path, message }))
}

const hashesOf = ({ masking }: Contract): string[][] => (masking ? hashPlaces(masking) : [])
