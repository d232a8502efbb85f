import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Cursor } from './cursor.ts'
import { cursorBytes, cursorFrom } from './cursor-bytes.ts'

// version (1) · id of the signing key (4) · payload · HMAC-SHA-256 over all before it, its first 16 bytes
const version = 1
const headBytes = 5
const macBytes = 16

interface SigningKey {
  id: Buffer
  secret: string
}

/** Cursors as opaque text. The first secret signs, all verify, so that secrets can be changed under live readers. */
export class CursorSigner {
  readonly #keys: readonly SigningKey[]

  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => ({ id: createHash('sha256').update(secret).digest().subarray(0, 4), secret }))
  }

  sign(cursor: Cursor): string {
    const [key] = this.#keys
    if (!key) throw new Error('there is no secret to sign cursors with')
    const signed = Buffer.concat([Buffer.from([version]), key.id, cursorBytes(cursor)])
    return Buffer.concat([signed, mac(key.secret, signed)]).toString('base64url')
  }

  /** Throws GatewayError `invalid-cursor` for text that no secret signed. */
  verify(text: string): Cursor {
    const bytes = Buffer.from(text, 'base64url')
    // Decoding forgives: without this, several texts would be the same cursor.
    if (bytes.toString('base64url') !== text) throw invalid()
    if (bytes.length < headBytes + macBytes || bytes[0] !== version) throw invalid()
    const key = this.#keys.find(({ id }) => id.equals(bytes.subarray(1, headBytes)))
    const signed = bytes.subarray(0, -macBytes)
    if (!key || !timingSafeEqual(mac(key.secret, signed), bytes.subarray(-macBytes))) throw invalid()
    try {
      return cursorFrom(signed.subarray(headBytes))
    } catch (error) {
      throw error instanceof RangeError ? invalid() : error
    }
  }
}

function mac(secret: string, signed: Buffer): Buffer {
  return createHmac('sha256', secret).update(signed).digest().subarray(0, macBytes)
}

function invalid(): GatewayError {
  return new GatewayError(
    'invalid-cursor',
    'The cursor was not signed by this gateway, or was changed. Take it from an answer as it is, or begin with `from`.',
  )
}
