import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Config, Secrets } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { PartHealth } from '../observability/part-health.ts'
import { Outage } from './outage.ts'
import { RegistryDenial, schemaNotFound, subjectNotFound, versionNotFound } from './registry-denial.ts'

const reference = z.object({ name: z.string(), subject: z.string(), version: z.int() })
const storedSchema = z.object({
  schema: z.string(),
  schemaType: z.string().default('AVRO'),
  references: z.array(reference).default([]),
})
export const subjectVersion = storedSchema.extend({
  subject: z.string(),
  version: z.int(),
  id: z.int(),
  /** Not every registry has them. */
  guid: z.string().optional(),
})
const versionNumbers = z.array(z.int())
const errorBody = z.object({ error_code: z.int(), message: z.string() })

/** A schema as the registry stores it. `schema` is the text of the schema in the language `schemaType` names. */
export type StoredSchema = z.output<typeof storedSchema>
export type SubjectVersion = z.output<typeof subjectVersion>

/** What may be asked for one schema. */
export type SchemaSource = Pick<RegistryClient, 'latest' | 'version' | 'versions' | 'byId' | 'byGuid' | 'versionOf'>

const notFoundCodes = new Set([subjectNotFound, versionNotFound, schemaNotFound])
const deniedStatuses = new Set([404, 409, 422])
const maxAnswerBytes = 16 * 1024 * 1024
const retryAfterSeconds = 1

// Of errors of a connection, those after which nothing can have arrived.
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

export interface Question<T> {
  /** Without it, a POST where there is a body, else a GET. */
  method?: 'PUT' | 'DELETE'
  path: string
  shape: z.ZodType<T>
  body?: unknown
  /** Not every registry has this path: without it there is nothing of that name. */
  isOptional?: true
}

interface Answer {
  status: number
  /** Undefined where the body is no answer of a registry: not JSON, or neither an object nor a number. */
  json: unknown
}

/**
 * Confluent's Schema Registry API over HTTP, without caches. Each call answers within the configured time; undefined is
 * "the registry says that there is none", and every failure to say is a GatewayError `registry-unavailable`.
 */
export class RegistryClient implements AsyncDisposable {
  readonly #base: string
  readonly #agent: Agent
  readonly #headers: Record<string, string>
  readonly #timeoutMs: number
  readonly #health: Pick<PartHealth, 'up' | 'down'>
  readonly #outage = new Outage()

  /** Throws where a file that the configuration names cannot be used. */
  constructor(config: Config['registry'], secrets: Secrets, health: Pick<PartHealth, 'up' | 'down'>) {
    this.#base = config.url.replace(/\/+$/, '')
    this.#timeoutMs = config.timeoutMs
    this.#health = health
    this.#headers = { accept: 'application/vnd.schemaregistry.v1+json, application/json' }
    if (config.username !== undefined) {
      const credentials = Buffer.from(`${config.username}:${secrets.registryPassword ?? ''}`).toString('base64')
      this.#headers.authorization = `Basic ${credentials}`
    }
    this.#agent = new Agent({
      connections: 8,
      maxResponseSize: maxAnswerBytes,
      connect: { timeout: config.timeoutMs, secureContext: secureContext(config) },
    })
  }

  latest(subject: string): Promise<SubjectVersion | undefined> {
    return this.#find({ path: `/subjects/${encodeURIComponent(subject)}/versions/latest`, shape: subjectVersion })
  }

  version(subject: string, version: number): Promise<SubjectVersion | undefined> {
    return this.#find({ path: `/subjects/${encodeURIComponent(subject)}/versions/${version}`, shape: subjectVersion })
  }

  versions(subject: string): Promise<number[] | undefined> {
    return this.#find({ path: `/subjects/${encodeURIComponent(subject)}/versions`, shape: versionNumbers })
  }

  byId(id: number): Promise<StoredSchema | undefined> {
    return this.#find({ path: `/schemas/ids/${id}`, shape: storedSchema })
  }

  byGuid(guid: string): Promise<StoredSchema | undefined> {
    return this.#find({ path: `/schemas/guids/${guid}`, shape: storedSchema, isOptional: true })
  }

  /** Under which version a subject has this very schema. */
  versionOf(subject: string, schema: StoredSchema): Promise<SubjectVersion | undefined> {
    return this.#find({ path: `/subjects/${encodeURIComponent(subject)}`, shape: subjectVersion, body: schema })
  }

  /** Rejects with a RegistryDenial where the registry says no, and with a GatewayError where it says nothing of use. */
  async ask<T>(question: Question<T>): Promise<T> {
    const found = await this.#judged(question)
    if (found instanceof RegistryDenial) {
      this.#health.up()
      throw found
    }
    return found
  }

  async #find<T>(question: Question<T>): Promise<T | undefined> {
    const found = await this.#judged(question)
    if (!(found instanceof RegistryDenial)) return found
    if (!notFoundCodes.has(found.code))
      throw this.#unavailable('The schema registry answered with an error.', new Error(found.message))
    this.#health.up()
    return undefined
  }

  async #judged<T>(question: Question<T>): Promise<T | RegistryDenial> {
    const answer = await this.#outage.run(() => this.#answerTo(question))
    const found = judged(answer, question)
    if (found instanceof RegistryDenial) return found
    if (found instanceof Error) throw this.#unavailable(`${found.message}.`, found, isChange(question))
    this.#health.up()
    return found
  }

  /** Throws where nothing answers, or what does is no registry. A registry's own errors concern the one question only. */
  async #answerTo(question: Question<unknown>): Promise<Answer> {
    const answer = await this.#exchange(question).catch((error: Error) => {
      const mayBeDone = isChange(question) && !neverSent.has((error as NodeJS.ErrnoException).code ?? '')
      throw this.#unavailable('The schema registry cannot be reached.', error, mayBeDone)
    })
    if (answer.json !== undefined || (answer.status === 404 && question.isOptional)) return answer
    const detail = `The schema registry answered ${answer.status}, and not as a registry does.`
    throw this.#unavailable(detail, new Error(detail), isChange(question))
  }

  async #exchange({ method, path, body }: Question<unknown>): Promise<Answer> {
    const answer = await request(`${this.#base}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(this.#timeoutMs),
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, json: parsed(await answer.body.text()) }
  }

  /** The cause may hold addresses: it is the operator's to see, not the caller's. */
  #unavailable(detail: string, cause: Error & { code?: string }, mayBeDone = false): GatewayError {
    this.#health.down(cause.message || (cause.code ?? cause.name))
    return new GatewayError('registry-unavailable', detail, {
      retryAfterSeconds,
      cause,
      ...(mayBeDone && { mayBeDone }),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

function secureContext({ caFile, certFile, keyFile }: Config['registry']) {
  return createSecureContext({
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
  })
}

const isChange = ({ method, body }: Question<unknown>): boolean => method !== undefined || body !== undefined

function judged<T>({ status, json }: Answer, { shape, isOptional }: Question<T>): T | RegistryDenial | Error {
  if (status === 200) {
    const found = shape.safeParse(json)
    return found.success ? found.data : new Error('The schema registry answered with something that is not a schema')
  }
  const error = errorBody.safeParse(json)
  if (error.success && deniedStatuses.has(status) && isCodeOfTheApi(error.data.error_code)) {
    return new RegistryDenial(error.data.error_code, error.data.message)
  }
  if (status === 404 && isOptional) return new RegistryDenial(schemaNotFound, 'there is no such path')
  return new Error(`The schema registry answered ${status}`)
}

/** Where a status stands in place of a code, something before the registry has answered; but 409, which has no codes. */
const isCodeOfTheApi = (code: number): boolean => code === 409 || code > 999

function parsed(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text)
    return (typeof json === 'object' && json !== null) || typeof json === 'number' ? json : undefined
  } catch {
    return undefined
  }
}
