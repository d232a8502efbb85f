import { sharedParts } from './parts.ts'

/** An access token of the real issuer, by client credentials. */
export async function issueToken(scopes: readonly string[]): Promise<string> {
  const { url, audience, clientId, clientSecret } = sharedParts().issuer
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: scopes.join(' '), resource: audience }),
  })
  if (!response.ok) throw new Error(`the issuer answered ${response.status}: ${await response.text()}`)
  return ((await response.json()) as { access_token: string }).access_token
}
