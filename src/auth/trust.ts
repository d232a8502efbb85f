import type { ApiKeys } from './api-keys/api-keys.ts'
import type { Identity } from './principal.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Whether what a principal showed is still good, apart from its time: it may be withdrawn while a stream is open. */
export type IsTrusted = (identity: Identity) => boolean

export function trustIn(
  tokens: Pick<TokenVerifier, 'isTrusted'>,
  apiKeys: Pick<ApiKeys, 'isTrusted'> | undefined,
): IsTrusted {
  return (identity) => ('apiKey' in identity ? apiKeys?.isTrusted(identity) === true : tokens.isTrusted(identity))
}
