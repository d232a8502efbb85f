import { hash, timingSafeEqual } from 'node:crypto'
import { FastHmac } from './fast-hmac.ts'

// version (1) · id of the key (4) · payload · HMAC-SHA-256 over all before it, its first bytes
const version = 1
const idBytes = 4
const headBytes = 1 + idBytes

interface SigningKey {
  id: Buffer
  hmac: FastHmac
}

/** Bytes as opaque text that any replica can judge. The first key signs, all verify, so that keys can be changed under those who hold texts. */
export class SealedText {
  readonly #keys: readonly SigningKey[]
  readonly #macBytes: number

  constructor(keys: readonly Buffer[], macBytes: number) {
    this.#keys = keys.map((key) => ({
      id: hash('sha256', key, 'buffer').subarray(0, idBytes),
      hmac: new FastHmac(key),
    }))
    this.#macBytes = macBytes
  }

  seal(payload: Buffer): string {
    const [first] = this.#keys
    if (!first) throw new Error('there is no key to sign with')
    const macAt = headBytes + payload.length
    const bytes = Buffer.allocUnsafe(macAt + this.#macBytes)
    bytes[0] = version
    first.id.copy(bytes, 1)
    payload.copy(bytes, headBytes)
    this.#mac(first, bytes.subarray(0, macAt)).copy(bytes, macAt)
    return bytes.toString('base64url')
  }

  /** The payload; undefined for text that no key signed. */
  open(text: string): Buffer | undefined {
    const bytes = Buffer.from(text, 'base64url')
    // Decoding forgives: without this, several texts would be the same.
    if (bytes.toString('base64url') !== text) return undefined
    if (bytes.length < headBytes + this.#macBytes || bytes[0] !== version) return undefined
    const found = this.#keys.find(({ id }) => id.equals(bytes.subarray(1, headBytes)))
    const signed = bytes.subarray(0, -this.#macBytes)
    if (!found || !timingSafeEqual(this.#mac(found, signed), bytes.subarray(-this.#macBytes))) return undefined
    return signed.subarray(headBytes)
  }

  #mac({ hmac }: SigningKey, signed: Buffer): Buffer {
    return hmac.of(signed).subarray(0, this.#macBytes)
  }
}
