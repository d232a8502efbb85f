import { hkdfSync } from 'node:crypto'

/** RFC 5869 §3.2: keys for different ends are derived apart, so that what is made with one secret for one end passes for no other. */
export const derivedKey = (secret: string, label: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', label, 32))
