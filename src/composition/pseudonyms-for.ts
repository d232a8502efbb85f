import type { Secrets } from '../config/config.ts'
import { ConfigError } from '../config/config-error.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { hashes } from '../contracts/masking.ts'
import { type PseudonymOf, pseudonyms } from '../reading/masking/pseudonyms.ts'

/** Undefined without the secret for them. Throws a ConfigError where a contract needs it. */
export function pseudonymsFor(contracts: Pick<ContractSource, 'list'>, { masking }: Secrets): PseudonymOf | undefined {
  if (masking !== undefined) return pseudonyms(masking)
  const hashing = contracts.list().filter((contract) => contract.masking && hashes(contract.masking))
  if (hashing.length === 0) return undefined
  const topics = hashing.map(({ topic }) => `\`${topic}\``).join(', ')
  const message = `is required: contracts hash what they mask (${topics})`
  throw new ConfigError([{ setting: 'HEADGATE_SECRETS_MASKING', message }])
}
