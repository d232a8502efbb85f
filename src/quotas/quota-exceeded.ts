import { GatewayError } from '../errors/gateway-error.ts'
import type { QuotaOwner, Wait } from './allowances.ts'

const owners: Readonly<Record<QuotaOwner, string>> = {
  key: 'this API key',
  principal: 'this principal',
  topic: 'all callers of this topic together',
}

export function quotaExceeded({ name, owner, allowance, ms }: Wait): GatewayError {
  const { limit, seconds } = allowance.rate
  const window = seconds === 1 ? 'a second' : `in ${seconds} seconds`
  const detail = `The quota is used up: ${limit} ${name} ${window} for ${owners[owner]}. Nothing was done.`
  return new GatewayError('quota-exceeded', detail, {
    retryAfterSeconds: Math.ceil(ms / 1000),
    members: { 'violated-policies': [name], quota: { name, of: owner, limit, seconds } },
  })
}

export function tooManyStreams(limit: number, owner: QuotaOwner): GatewayError {
  const detail = `The quota is used up: ${limit} open streams for ${owners[owner]}. Close one to open another.`
  return new GatewayError('quota-exceeded', detail, {
    retryAfterSeconds: 1,
    members: { 'violated-policies': ['streams'], quota: { name: 'streams', of: owner, limit } },
  })
}
