import { createPrivateKey, generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What the issuer signs with and what its one client proves itself by. */
export interface IssuerSecrets {
  clientId: string
  clientSecret: string
  keys: JsonWebKey[]
}

/** Made once and kept in the file, so that tokens stay good when the issuer restarts. */
export function issuerSecrets(file: string): IssuerSecrets {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as IssuerSecrets
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const secrets: IssuerSecrets = {
    clientId: 'headgate-local',
    clientSecret: randomBytes(32).toString('hex'),
    keys: [signingKey()],
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' })
  return secrets
}

function signingKey(): JsonWebKey {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const kid = randomBytes(8).toString('hex')
  return { ...createPrivateKey(privateKey).export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
}
