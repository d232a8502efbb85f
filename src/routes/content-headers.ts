import { GatewayError } from '../errors/gateway-error.ts'

/** The media type of a body, which must be one of those that are accepted. JSON in all its forms is UTF-8 here. */
export function mediaTypeOf(header = '', accepted: readonly string[]): string {
  if (accepted.includes(header)) return header
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  const isAccepted = accepted.includes(type)
  if (isAccepted && (charset === undefined || /^"?utf-?8"?$/.test(charset))) return type
  const asked = isAccepted ? 'JSON is UTF-8 here' : `Send "Content-Type: ${accepted.join('" or "')}"`
  throw new GatewayError('unsupported-media-type', `${asked}.`, { headers: { accept: accepted.join(', ') } })
}

export function contentEncoding(header = 'identity'): 'identity' | 'gzip' {
  const encoding = header.toLowerCase()
  if (encoding === 'identity' || encoding === 'gzip') return encoding
  throw new GatewayError('unsupported-encoding', 'A body may be sent as it is, or with "Content-Encoding: gzip".', {
    headers: { 'accept-encoding': 'gzip, identity' },
  })
}
