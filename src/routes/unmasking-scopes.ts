import { unmaskingMissing } from '../auth/guard.ts'
import type { Principal } from '../auth/principal.ts'
import { holds } from '../auth/scope.ts'
import type { ContractSource } from '../contracts/contract-source.ts'

/** The scopes by which the caller sees everything of topics whose contracts mask something for others. */
export function unmaskingScopes(
  principal: Principal,
  topics: readonly string[],
  contracts: Pick<ContractSource, 'get'>,
): ReadonlySet<string> {
  return new Set(topics.flatMap((topic) => unmaskingScope(principal, topic, contracts) ?? []))
}

/** Throws GatewayError `scope-missing` unless the caller sees everything of all of the topics. `why` it would be shown stands in the detail. */
export function assertUnmasked(
  principal: Principal,
  topics: readonly string[],
  contracts: Pick<ContractSource, 'get'>,
  why: string,
): void {
  for (const topic of topics) {
    const { masking } = contracts.get(topic)
    if (!masking || unmaskingScope(principal, topic, contracts) !== undefined) continue
    throw unmaskingMissing(masking.unless, topic, why)
  }
}

/** The scope by which the caller sees everything of a topic; undefined where it does not, or nothing is masked. */
export function unmaskingScope(
  { scopes }: Principal,
  topic: string,
  contracts: Pick<ContractSource, 'get'>,
): string | undefined {
  const name = contracts.get(topic).masking?.unless
  return name !== undefined && holds(scopes, name, topic) ? `${name}:${topic}` : undefined
}
