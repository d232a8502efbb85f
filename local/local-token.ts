import { join } from 'node:path'
import { issuerUrl, requestToken } from './issuer.ts'
import { issuerSecrets } from './issuer-secrets.ts'
import { dataDirectory } from './paths.ts'
import type { LocalPorts } from './ports.ts'

export const defaultScopes = ['publish', 'read', 'subscribe', 'schemas-read']

export const issuerSecretsFile = (data: string): string => join(data, 'issuer.json')

export function requestLocalToken(ports: LocalPorts, scopes: readonly string[] = defaultScopes): Promise<string> {
  const client = issuerSecrets(issuerSecretsFile(dataDirectory))
  return requestToken({ issuer: issuerUrl(ports.issuer), client, scopes })
}
