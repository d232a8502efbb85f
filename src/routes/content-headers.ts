import { isJsonType } from '../cloudevents/media-types.ts'
import { GatewayError } from '../errors/gateway-error.ts'

/** The media type of a body, which must be one of those that are accepted. JSON in all its forms is UTF-8 here. */
export function mediaTypeOf(header = '', accepted: readonly string[]): string {
  if (accepted.includes(header)) return header
  const { type, isUtf8 } = partsOf(header)
  const isAccepted = accepted.includes(type)
  if (isAccepted && isUtf8) return type
  const asked = isAccepted ? 'JSON is UTF-8 here' : `Send "Content-Type: ${accepted.join('" or "')}"`
  throw new GatewayError('unsupported-media-type', `${asked}.`, { headers: { accept: accepted.join(', ') } })
}

/** The body of a CloudEvent in binary mode is JSON of any media type, or nothing. */
export function assertJsonType(header: string | undefined, isEmpty: boolean): void {
  if (header === undefined ? isEmpty : isJsonType(header) && partsOf(header).isUtf8) return
  const detail = 'The data of a CloudEvent must be JSON in UTF-8: send "Content-Type: application/json".'
  throw new GatewayError('unsupported-media-type', detail, { headers: { accept: 'application/json' } })
}

export function contentEncoding(header = 'identity'): 'identity' | 'gzip' {
  const encoding = header.toLowerCase()
  if (encoding === 'identity' || encoding === 'gzip') return encoding
  throw new GatewayError('unsupported-encoding', 'A body may be sent as it is, or with "Content-Encoding: gzip".', {
    headers: { 'accept-encoding': 'gzip, identity' },
  })
}

function partsOf(header: string): { type: string; isUtf8: boolean } {
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  return { type, isUtf8: charset === undefined || /^"?utf-?8"?$/.test(charset) }
}
