import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { loadApiContract, type OperationSpec } from '../../src/openapi/contract.ts'
import { compileSchema, documentAjv } from '../../src/openapi/validator.ts'

export interface ApiRequest {
  method?: string
  headers?: Record<string, string>
  /** A string or buffer is sent as it is; anything else as JSON. */
  body?: unknown
  token?: string | null
}

export interface ApiAnswer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are checked against openapi.yaml, not against types
  body: any
}

const contract = loadApiContract()
const ajv = documentAjv(contract)
const checks = new Map<string, ReturnType<typeof compileSchema>>()

/** A client that holds every answer to openapi.yaml: status, media type and body must be documented. */
export class Api {
  readonly url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.url = url
    this.#token = token
  }

  get(path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.call(path, request)
  }

  post(path: string, body: unknown, request: ApiRequest = {}): Promise<ApiAnswer> {
    return this.call(path, { method: 'POST', body, ...request })
  }

  async call(
    path: string,
    { method = 'GET', headers = {}, body, token = this.#token }: ApiRequest,
  ): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: textOf(body) as string }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: bodyOf(type, text),
    }
    assertDocumented(method, path, answer)
    return answer
  }
}

function bodyOf(type: string, text: string): unknown {
  if (text === '') return text
  if (/json/.test(type)) return JSON.parse(text)
  return /yaml/.test(type) ? parse(text) : text
}

const textOf = (body: unknown): unknown =>
  typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)

/** The operation that a path belongs to, of which one without parameters goes before others; undefined where openapi.yaml has none. */
export function operationAt(method: string, path: string): OperationSpec | undefined {
  const pathname = path.split('?', 1)[0] as string
  const there = [...contract.operations.values()].filter((spec) =>
    new RegExp(`^${spec.path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`).test(pathname),
  )
  const parametersIn = (spec: OperationSpec): number => spec.path.split('{').length
  const fewest = Math.min(...there.map(parametersIn))
  return there.find((spec) => spec.method === method.toLowerCase() && parametersIn(spec) === fewest)
}

export function assertDocumented(method: string, path: string, { status, headers, text, body }: ApiAnswer): void {
  const spec = operationAt(method, path)
  if (!spec) return
  const answers = spec.answers[status]
  assert.ok(answers, `${spec.id} answered ${status}, which openapi.yaml does not document: ${text.slice(0, 300)}`)
  if (text === '') return
  const type = (headers.get('content-type') ?? '').split(';', 1)[0] as string
  const schema = answers[type]
  assert.ok(schema, `${spec.id} answered ${status} as ${type}, which openapi.yaml does not document`)
  const isValid = checkOf(`${spec.id} ${status} ${type}`, schema)
  assert.ok(isValid(body), `${spec.id} ${status}: ${JSON.stringify(isValid.errors)} in ${text.slice(0, 500)}`)
}

function checkOf(key: string, schema: unknown): ReturnType<typeof compileSchema> {
  const known = checks.get(key) ?? compileSchema(ajv, schema)
  checks.set(key, known)
  return known
}

export const operationSpecs: readonly OperationSpec[] = [...contract.operations.values()]
