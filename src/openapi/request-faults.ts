import type { ErrorObject } from 'ajv/dist/2020.js'
import { GatewayError } from '../errors/gateway-error.ts'
import type { RequestFault } from '../errors/request-fault.ts'
import { shortened } from '../errors/shortened.ts'

const maxFaults = 20
const mostOfName = 40
const mostOfPointer = 256

/** A name that a caller made up. */
export const shownName = (name: string): string => shortened(name, mostOfName)

/** Ajv's errors, without what only says that another one of the list exists. */
export function bodyFaults(errors: readonly ErrorObject[]): RequestFault[] {
  const telling = errors.filter((error) => error.keyword !== 'oneOf')
  return (telling.length > 0 ? telling : errors)
    .slice(0, maxFaults)
    .map((error) => ({ in: 'body', pointer: shortened(error.instancePath, mostOfPointer), message: messageOf(error) }))
}

export const parameterError = (faults: readonly RequestFault[]): GatewayError =>
  new GatewayError('invalid-parameter', summary(faults, 'parameter'), {
    members: { faults: faults.slice(0, maxFaults) },
  })

export const bodyError = (faults: readonly RequestFault[]): GatewayError =>
  new GatewayError('invalid-body', summary(faults, 'body'), { members: { faults: faults.slice(0, maxFaults) } })

function summary(faults: readonly RequestFault[], what: string): string {
  const first = faults.slice(0, 3).map((fault) => `${fault.pointer || 'the body'} ${fault.message}`)
  return `The ${what} is not as documented: ${first.join('; ')}${faults.length > 3 ? '; …' : ''}.`
}

export function messageOf({ keyword, message, params }: ErrorObject): string {
  const text = message ?? keyword
  if (keyword === 'additionalProperties') return `${text}: "${shownName(params.additionalProperty)}"`
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`
  if (keyword === 'enum') return `${text}: ${(params.allowedValues as unknown[]).join(', ')}`
  return text
}
