import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { RequestFault } from '../errors/request-fault.ts'
import type { ApiContract, OperationId, OperationSpec, ParameterSpec } from './contract.ts'
import { QueryError, queryMembers } from './query-members.ts'
import { bodyError, bodyFaults, messageOf, parameterError, shownName } from './request-faults.ts'

export type ParameterValues = Record<string, string | number | boolean | undefined>

/** Checks requests of one operation against the document. Every method throws a GatewayError with all faults. */
export interface OperationValidator {
  path(params: Readonly<Record<string, string>>): ParameterValues
  /** Query parameters: typed, with their defaults; unknown and repeated ones are faults. */
  query(search: string): ParameterValues
  headers(headers: NodeJS.Dict<string | string[]>): ParameterValues
  /** `bytes` is the size of the body: of a large one, the first fault is enough. */
  body(value: unknown, mediaType: string, bytes: number): void
}

interface ParameterCheck {
  spec: ParameterSpec
  /** As Node has headers. */
  lowerCaseName: string
  isValid: ValidateFunction
}

/** Throws `invalid-body` with all faults of a value; of a large one, the first is enough. */
type BodyCheck = (value: unknown, bytes: number) => void

export type SchemaCheck<Name extends string> = (name: Name, ...of: Parameters<BodyCheck>) => void

// All faults of 8 MiB could be millions, each many times larger than what is wrong.
const mostBytesForAll = 64 * 1024
const documentId = 'headgate:openapi'

/** Schemas of the whole document are compiled once, at the start: by one that finds all faults of a value, and one that finds the first. */
export interface DocumentCompilers {
  contract: ApiContract
  all: Ajv2020
  first: Ajv2020
}

export const documentCompilers = (contract: ApiContract): DocumentCompilers => ({
  contract,
  all: documentAjv(contract),
  first: documentAjv(contract, false),
})

export function compileValidators(compilers: DocumentCompilers): ReadonlyMap<OperationId, OperationValidator> {
  const operations = [...compilers.contract.operations.values()]
  return new Map(operations.map((spec) => [spec.id, operationValidator(compilers, spec)]))
}

/** Checks of values that are no bodies, by the names of their schemas. */
export function compileChecks<Name extends string>(
  compilers: DocumentCompilers,
  names: readonly Name[],
): SchemaCheck<Name> {
  const checkOf = (name: Name) => bodyCheck(compilers, { $ref: `#/components/schemas/${name}` })
  const checks = new Map(names.map((name) => [name, checkOf(name)]))
  return (name, value, bytes) => checks.get(name)?.(value, bytes)
}

export function documentAjv(contract: ApiContract, allErrors = true): Ajv2020 {
  const ajv = new Ajv2020({ allErrors, strict: false, allowUnionTypes: true, ownProperties: true })
  addFormats.default(ajv)
  ajv.addSchema({ components: contract.components }, documentId)
  return ajv
}

/** The same schema, its references into `#/components` made absolute, compiled. */
export function compileSchema(ajv: Ajv2020, schema: unknown): ValidateFunction {
  const absolute = JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${documentId}#/`)
  return ajv.compile(JSON.parse(absolute))
}

function operationValidator(compilers: DocumentCompilers, spec: OperationSpec): OperationValidator {
  const checks = spec.parameters.map((parameter) => ({
    spec: parameter,
    lowerCaseName: parameter.name.toLowerCase(),
    isValid: compileSchema(compilers.all, parameter.schema),
  }))
  const of = (place: ParameterSpec['in']) => checks.filter((check) => check.spec.in === place)
  const [path, query, headers] = [of('path'), of('query'), of('header')]
  const bodies = new Map(
    Object.entries(spec.bodies).map(([type, schema]) => [
      type,
      allowsAll(schema) ? undefined : bodyCheck(compilers, schema),
    ]),
  )
  return {
    path: (params) => judged(path, ({ spec: { name } }) => params[name]),
    query(search) {
      if (search === '') return judged(query, () => undefined)
      const members = membersOf(search)
      return judged(query, ({ spec: { name } }) => members.get(name), unknownFaults(members, query))
    },
    headers: (values) => judged(headers, ({ lowerCaseName }) => values[lowerCaseName]?.toString()),
    body: (value, mediaType, bytes) => bodies.get(mediaType)?.(value, bytes),
  }
}

function unknownFaults(members: ReadonlyMap<string, string>, query: readonly ParameterCheck[]): RequestFault[] {
  const known = query.map(({ spec }) => spec.name)
  const message = `there is no such parameter here; known: ${known.join(', ') || 'none'}`
  return [...members.keys()]
    .filter((name) => !known.includes(name))
    .map((name) => ({ in: 'query', pointer: shownName(name), message }))
}

/** Such a schema is not asked on the hot path. */
const allowsAll = (schema: Record<string, unknown>): boolean => Object.keys(schema).length === 0

function bodyCheck({ all, first }: DocumentCompilers, schema: Record<string, unknown>): BodyCheck {
  const isValid = compileSchema(first, schema)
  const findAll = compileSchema(all, schema)
  return (value, bytes) => {
    if (isValid(value)) return
    const found = bytes <= mostBytesForAll ? findAll : isValid
    found(value)
    throw bodyError(bodyFaults(found.errors ?? []))
  }
}

function membersOf(search: string): ReadonlyMap<string, string> {
  try {
    return queryMembers(search)
  } catch (error) {
    if (error instanceof QueryError) {
      throw parameterError([{ in: 'query', pointer: shownName(error.parameter), message: error.message }])
    }
    throw error
  }
}

function judged(
  checks: readonly ParameterCheck[],
  textOf: (check: ParameterCheck) => string | undefined,
  faults: RequestFault[] = [],
): ParameterValues {
  const values: ParameterValues = {}
  for (const check of checks) {
    const { spec, isValid } = check
    const text = textOf(check)
    if (text === undefined) {
      if (spec.required) faults.push({ in: spec.in, pointer: spec.name, message: 'is required' })
      values[spec.name] = spec.schema.default as string | undefined
      continue
    }
    const value = typed(text, spec.schema.type)
    if (!isValid(value)) {
      faults.push({ in: spec.in, pointer: spec.name, message: (isValid.errors ?? []).map(messageOf).join(', ') })
    }
    values[spec.name] = value
  }
  if (faults.length > 0) throw parameterError(faults)
  return values
}

function typed(text: string, type: string | undefined): string | number | boolean {
  if (type === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}
