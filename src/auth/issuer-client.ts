import type { JSONWebKeySet } from 'jose'

const timeoutMs = 5_000
const largestAnswerBytes = 262_144

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface IssuerAddress {
  issuer: string
  jwksUrl?: string | undefined
}

/** The issuer's keys, found by its metadata where their URL is not given. */
export async function fetchKeys({ issuer, jwksUrl }: IssuerAddress, fetch: Fetch): Promise<JSONWebKeySet> {
  const url = jwksUrl ?? (await discoverJwksUrl(issuer, fetch))
  const { keys } = await fetchObject(url, fetch)
  const isSet = Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === 'object' && key !== null)
  if (!isSet) throw new Error(`${url} holds no keys`)
  return { keys }
}

async function discoverJwksUrl(issuer: string, fetch: Fetch): Promise<string> {
  const metadata = await fetchMetadata(issuer, fetch)
  // RFC 8414 §3.3
  if (metadata.issuer !== issuer) throw new Error(`the metadata of ${issuer} names another issuer`)
  const url = typeof metadata.jwks_uri === 'string' ? URL.parse(metadata.jwks_uri) : null
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`the metadata of ${issuer} has no jwks_uri`)
  if (issuer.startsWith('https:') && url.protocol !== 'https:')
    throw new Error(`the jwks_uri of ${issuer} is not https`)
  return url.href
}

/** Where OpenID Connect puts it, or else where RFC 8414 §3.1 does. */
async function fetchMetadata(issuer: string, fetch: Fetch): Promise<Record<string, unknown>> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  try {
    return await fetchObject(`${origin}${path}/.well-known/openid-configuration`, fetch)
  } catch (error) {
    if (!(error instanceof NotThereError)) throw error
    return await fetchObject(`${origin}/.well-known/oauth-authorization-server${path}`, fetch)
  }
}

class NotThereError extends Error {}

async function fetchObject(url: string, fetch: Fetch): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!response.ok) {
    await response.body?.cancel()
    const Failure = response.status === 404 ? NotThereError : Error
    throw new Failure(`${url} answered ${response.status}`)
  }
  const value = parsed(await boundedText(response, url))
  if (typeof value !== 'object' || value === null) throw new Error(`${url} did not answer a JSON object`)
  return { ...value }
}

async function boundedText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > largestAnswerBytes) throw new Error(`${url} answered more than ${largestAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
