import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { operations } from '../generated/openapi.ts'

export type OperationId = keyof operations

export type Schema = Record<string, unknown>

export interface ParameterSpec {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  allowEmptyValue?: boolean
  schema: Schema & { type?: string; default?: unknown }
}

export interface OperationSpec {
  id: OperationId
  method: string
  /** The document's template: `/v1/topics/{topic}`. */
  path: string
  parameters: readonly ParameterSpec[]
  /** Schemas of the request's body by media type. */
  bodies: Readonly<Record<string, Schema>>
  /** Schemas of answers: by status, by media type. */
  answers: Readonly<Record<string, Readonly<Record<string, Schema>>>>
  /** Alternatives of required actions; empty for an operation without credentials. */
  security: readonly (readonly string[])[]
  /** Whether it takes a ticket in place of a token. */
  takesTicket: boolean
}

/** openapi.yaml, read: what the gateway promises, as data. */
export interface ApiContract {
  /** The document as it is served. */
  text: string
  info: { title: string; version: string; license: { name: string; identifier: string } }
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, { description: string }> }
  operations: ReadonlyMap<OperationId, OperationSpec>
}

interface RawOperation {
  operationId: OperationId
  parameters?: Reference<ParameterSpec>[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, Reference<{ content?: Record<string, { schema: Schema }> }>>
  security?: Record<string, string[]>[]
}

type Reference<T> = T | { $ref: string }
type PathItem = { parameters?: Reference<ParameterSpec>[] } & Record<string, RawOperation>

interface RawDocument {
  info: ApiContract['info']
  paths: Record<string, PathItem>
  security: Record<string, string[]>[]
  components: ApiContract['components']
}

// Said by the security scheme of that name.
const ticketParameter: ParameterSpec = { name: 'ticket', in: 'query', schema: { type: 'string' } }
const methods = ['get', 'put', 'post', 'delete', 'patch']

export function loadApiContract(file: URL = new URL('../../openapi.yaml', import.meta.url)): ApiContract {
  const text = readFileSync(file, 'utf8')
  const document = parse(text) as RawDocument
  const operations = new Map<OperationId, OperationSpec>()
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods.filter((name) => Object.hasOwn(item, name))) {
      const spec = operationSpec(document, path, method, item)
      operations.set(spec.id, spec)
    }
  }
  return { text, info: document.info, components: document.components, operations }
}

function operationSpec(document: RawDocument, path: string, method: string, item: PathItem): OperationSpec {
  const raw = item[method] as RawOperation
  const resolve = <T>(value: Reference<T>): T => resolved(document, value)
  const security = raw.security ?? document.security
  const takesTicket = security.some((alternative) => Object.hasOwn(alternative, 'ticket'))
  return {
    id: raw.operationId,
    method,
    path,
    parameters: [...(item.parameters ?? []), ...(raw.parameters ?? []), ...(takesTicket ? [ticketParameter] : [])].map(
      resolve,
    ),
    bodies: schemasOf(raw.requestBody?.content),
    answers: Object.fromEntries(
      Object.entries(raw.responses).map(([status, answer]) => [status, schemasOf(resolve(answer).content)]),
    ),
    security: security.map((alternative) => Object.values(alternative).flat()),
    takesTicket,
  }
}

const schemasOf = (content: Record<string, { schema: Schema }> = {}): Record<string, Schema> =>
  Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, schema]))

function resolved<T>(document: RawDocument, value: Reference<T>): T {
  if (typeof value !== 'object' || value === null || !('$ref' in value)) return value as T
  const segments = value.$ref.slice(2).split('/')
  return segments.reduce<unknown>((here, name) => (here as Record<string, unknown>)[name], document) as T
}
