import { createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Ticket } from './ticket.ts'

// version (1) · id of the signing key (4) · the ticket as JSON · HMAC-SHA-256 over all before it (32)
const version = 1
const headBytes = 5
const macBytes = 32
// RFC 5869 §3.2: keys for different ends are derived apart, so that no cursor can pass for a ticket.
const label = 'headgate ticket'

interface SigningKey {
  id: Buffer
  key: Buffer
}

/** Tickets as opaque text, which any replica can judge. The first secret signs, all verify. */
export class TicketSigner {
  readonly #keys: readonly SigningKey[]

  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => {
      const key = Buffer.from(hkdfSync('sha256', secret, '', label, 32))
      return { id: hash('sha256', key, 'buffer').subarray(0, 4), key }
    })
  }

  sign(ticket: Ticket): string {
    const [first] = this.#keys
    if (!first) throw new Error('there is no secret to sign tickets with')
    const signed = Buffer.concat([Buffer.from([version]), first.id, Buffer.from(JSON.stringify(ticket))])
    return Buffer.concat([signed, mac(first.key, signed)]).toString('base64url')
  }

  /** Undefined for text that no secret signed. */
  verify(text: string): Ticket | undefined {
    const bytes = Buffer.from(text, 'base64url')
    // Decoding forgives: without this, several texts would be the same ticket.
    if (bytes.toString('base64url') !== text) return undefined
    if (bytes.length < headBytes + macBytes || bytes[0] !== version) return undefined
    const found = this.#keys.find(({ id }) => id.equals(bytes.subarray(1, headBytes)))
    const signed = bytes.subarray(0, -macBytes)
    if (!found || !timingSafeEqual(mac(found.key, signed), bytes.subarray(-macBytes))) return undefined
    return JSON.parse(signed.toString('utf8', headBytes)) as Ticket
  }
}

const mac = (key: Buffer, signed: Buffer): Buffer => createHmac('sha256', key).update(signed).digest()
