import { randomBytes, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

// hg_ · id (12) · label of the secret (4) · _ · secret, 256 bits (43) · CRC-32 of all before it (6), in base 62
const form = /^hg_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idStart = 3
const idEnd = 15
const labelEnd = 19
const checksumLength = 6
const secretLength = 43

/** What a key says of itself; all of it is public but the secret, which is in `text` alone. */
export interface ApiKeyText {
  text: string
  id: string
  /** Which of the key's secrets it is. */
  label: string
}

/** Whether a bearer token means to be an API key. No JWT begins so: a JOSE header begins with `{`, which is `e` in base64url. */
export const isApiKeyLike = (token: string): boolean => token.startsWith('hg_')

export const newApiKeyId = (): string => randomDigits(idEnd - idStart)

/** A key with a new secret. */
export function newApiKeyText(id: string): ApiKeyText {
  const label = randomDigits(labelEnd - idEnd)
  const secret = inBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), secretLength)
  const unchecked = `hg_${id}${label}_${secret}`
  return { text: unchecked + checksumOf(unchecked), id, label }
}

/** Undefined for a text that is no key, or was mistyped. That it is one says nothing of whether it is good. */
export function parseApiKeyText(text: string): ApiKeyText | undefined {
  if (!form.test(text) || checksumOf(text.slice(0, -checksumLength)) !== text.slice(-checksumLength)) return undefined
  return { text, id: text.slice(idStart, idEnd), label: text.slice(idEnd, labelEnd) }
}

const checksumOf = (text: string): string => inBase62(BigInt(crc32(text)), checksumLength)

const randomDigits = (length: number): string => Array.from({ length }, () => digits[randomInt(digits.length)]).join('')

function inBase62(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; text.length < length; rest /= 62n) text = digits[Number(rest % 62n)] + text
  return text
}
