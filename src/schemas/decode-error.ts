/** Bytes that are not what their schema says. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}
