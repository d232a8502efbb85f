import { GatewayError } from '../errors/gateway-error.ts'
import { SealedText } from '../signing/sealed-text.ts'
import type { Cursor } from './cursor.ts'
import { cursorBytes, cursorFrom } from './cursor-bytes.ts'

const macBytes = 16

/** Cursors as opaque text. The first secret signs, all verify, so that secrets can be changed under live readers. */
export class CursorSigner {
  readonly #texts: SealedText

  constructor(secrets: readonly string[]) {
    const keys = secrets.map((secret) => Buffer.from(secret))
    this.#texts = new SealedText(keys, macBytes)
  }

  sign(cursor: Cursor): string {
    return this.#texts.seal(cursorBytes(cursor))
  }

  /** Throws GatewayError `invalid-cursor` for text that no secret signed. */
  verify(text: string): Cursor {
    const payload = this.#texts.open(text)
    if (!payload) throw invalid()
    try {
      return cursorFrom(payload)
    } catch (error) {
      throw error instanceof RangeError ? invalid() : error
    }
  }
}

function invalid(): GatewayError {
  return new GatewayError(
    'invalid-cursor',
    'The cursor was not signed by this gateway, or was changed. Take it from an answer as it is, or begin with `from`.',
  )
}
