import { createPublicKey, hash, type JsonWebKey, KeyObject } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'

/** Names a public key by what it is, so that it has the same name however an issuer writes it. */
export function thumbprintOfKey(key: CryptoKey): string {
  return thumbprintOf(KeyObject.from(key))
}

/** Undefined for what is no public key that could have signed a token. */
export function thumbprintOfJwk(jwk: JWK): string | undefined {
  try {
    return thumbprintOf(createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }))
  } catch {
    return undefined
  }
}

const thumbprintOf = (key: KeyObject): string =>
  hash('sha256', key.export({ type: 'spki', format: 'der' }), 'base64url')
