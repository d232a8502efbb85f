import type { Response } from 'express'
import type { Deprecation } from '../contracts/deprecation.ts'

const known = new WeakMap<Deprecation, ReadonlyMap<string, string>>()

/** Says on whatever is answered that what was used should not be used any more, where that is so. */
export function sayDeprecated(res: Response, deprecation: Deprecation | undefined): void {
  if (!deprecation) return
  const headers = known.get(deprecation) ?? headersOf(deprecation)
  known.set(deprecation, headers)
  for (const [name, value] of headers) res.setHeader(name, value)
}

// RFC 9745 §2.1 has seconds since 1970, RFC 8594 §3 an HTTP date.
function headersOf({ since, sunset, link, successor }: Deprecation): ReadonlyMap<string, string> {
  const headers = new Map([['deprecation', `@${Math.floor(Date.parse(since) / 1000)}`]])
  if (sunset !== undefined) headers.set('sunset', new Date(sunset).toUTCString())
  const links = [
    ...(link === undefined ? [] : [`<${link}>; rel="deprecation"`]),
    ...(successor === undefined ? [] : [`</v1/topics/${successor}/events>; rel="successor-version"`]),
  ]
  if (links.length > 0) headers.set('link', links.join(', '))
  return headers
}
