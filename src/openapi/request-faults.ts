import type { ErrorObject } from 'ajv/dist/2020.js'
import { shortened } from '../errors/shortened.ts'

/** One thing that is wrong with a request, as the problem body's `faults` lists it. */
export interface RequestFault {
  in: 'path' | 'query' | 'header' | 'body'
  /** A parameter's name, or a JSON Pointer into the body. */
  pointer: string
  message: string
}

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

export function messageOf({ keyword, message, params }: ErrorObject): string {
  const text = message ?? keyword
  if (keyword === 'additionalProperties') return `${text}: "${shownName(params.additionalProperty)}"`
  if (keyword === 'enum') return `${text}: ${(params.allowedValues as unknown[]).join(', ')}`
  return text
}
