import { GatewayError } from '../errors/gateway-error.ts'
import type { ProblemCode } from '../errors/problems.ts'

/** What a registry says no to, by a code of its API. Never what a caller reads: {@link denied} is. */
export class RegistryDenial extends Error {
  override readonly name = 'RegistryDenial'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

// Confluent Schema Registry, API reference. Statuses differ among registries, codes do not.
export const subjectNotFound = 40401
export const versionNotFound = 40402
export const schemaNotFound = 40403
export const levelNotSet = 40408

const problemsByCode: Readonly<Record<number, ProblemCode>> = {
  [subjectNotFound]: 'subject-not-found',
  [versionNotFound]: 'schema-version-not-found',
  [schemaNotFound]: 'schema-id-not-found',
  40404: 'already-deleted',
  40405: 'not-yet-deleted',
  40406: 'already-deleted',
  40407: 'not-yet-deleted',
  409: 'schema-incompatible',
  42201: 'schema-invalid',
  42202: 'schema-version-not-found',
  42206: 'schema-in-use',
}

const details: Partial<Record<ProblemCode, string>> = {
  'subject-not-found': 'The registry has no such subject.',
  'schema-version-not-found': 'The subject has no such version.',
  'schema-id-not-found': 'The registry has no schema of this id.',
  'already-deleted': 'It is marked as deleted. Delete it for good with `permanent=true`.',
  'not-yet-deleted': 'Delete it without `permanent` first.',
  'schema-incompatible':
    'The registry finds the schema incompatible with earlier versions. The gateway found no reason.',
  'schema-invalid': 'The registry does not take the schema for a valid one.',
  'schema-in-use': 'Schemas of other subjects refer to it.',
  'registry-refused': 'The schema registry does not allow this.',
}

/** The problem that a denial is to a caller. */
export function denied(denial: RegistryDenial): GatewayError {
  const code = problemsByCode[denial.code] ?? 'registry-refused'
  return new GatewayError(code, details[code] ?? 'The schema registry does not allow this.', { cause: denial })
}
