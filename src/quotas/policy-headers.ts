import type { Allowances } from './allowances.ts'
import type { QuotaLimits } from './quota-limits.ts'

// draft-ietf-httpapi-ratelimit-headers-10. Of its units of quotas, requests are the default.
const units = { requests: '', events: ';qu="events"', bytes: ';qu="content-bytes"' } as const

/** What holds: the value of `RateLimit-Policy`. */
export function policyText({ streams, ...rates }: QuotaLimits): string {
  const items = (['requests', 'events', 'bytes'] as const).flatMap((name) => {
    const rate = rates[name]
    return rate ? [`"${name}";q=${rate.limit}${units[name]};w=${rate.seconds}`] : []
  })
  if (streams !== undefined) items.push(`"streams";q=${streams};qu="concurrent-requests"`)
  return items.join(', ')
}

/** What is left here and now: the value of `RateLimit`. Empty where only streams are limited. */
export function leftText({ rates }: Allowances, replicas: number, now: number): string {
  let text = ''
  for (const { name, allowance } of rates) {
    if (text !== '') text += ', '
    text += `"${name}";r=${allowance.left(replicas, now)};t=${allowance.fullInSeconds(now)}`
  }
  return text
}
