import { derivedKey } from '../signing/derived-key.ts'
import { SealedText } from '../signing/sealed-text.ts'
import type { Ticket } from './ticket.ts'

const macBytes = 32
const label = 'headgate ticket'

/** Tickets as opaque text, which any replica can judge. The first secret signs, all verify. */
export class TicketSigner {
  readonly #texts: SealedText

  constructor(secrets: readonly string[]) {
    const keys = secrets.map((secret) => derivedKey(secret, label))
    this.#texts = new SealedText(keys, macBytes)
  }

  sign(ticket: Ticket): string {
    return this.#texts.seal(Buffer.from(JSON.stringify(ticket)))
  }

  /** Undefined for text that no secret signed. */
  verify(text: string): Ticket | undefined {
    const payload = this.#texts.open(text)
    return payload && (JSON.parse(payload.toString()) as Ticket)
  }
}
