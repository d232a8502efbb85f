import { requestToken } from '../../local/issuer.ts'
import { sharedParts } from './parts.ts'

/** An access token of the real issuer, by client credentials. */
export function issueToken(scopes: readonly string[], lifetimeSeconds?: number): Promise<string> {
  const { url, clientId, clientSecret } = sharedParts().issuer
  const client = { clientId, clientSecret }
  return requestToken({ issuer: url, client, scopes, ...(lifetimeSeconds !== undefined && { lifetimeSeconds }) })
}
