import { isUtf8 } from 'node:buffer'

/** Bytes as JSON carries them: a string where they are UTF-8, base64 where they are not. */
export type ByteText = string | { base64: string }

export function byteTextOf(bytes: Buffer): ByteText {
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') }
}

export function bytesOf(text: ByteText): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text.base64, 'base64')
}
