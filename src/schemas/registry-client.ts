import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Config, Secrets } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { PartHealth } from '../observability/part-health.ts'

const reference = z.object({ name: z.string(), subject: z.string(), version: z.int() })
const storedSchema = z.object({
  schema: z.string(),
  schemaType: z.string().default('AVRO'),
  references: z.array(reference).default([]),
})
const subjectVersion = storedSchema.extend({ subject: z.string(), version: z.int(), id: z.int() })
const guidSchema = storedSchema.extend({ guid: z.string().optional() })
const errorBody = z.object({ error_code: z.int(), message: z.string() })

/** A schema as the registry stores it. `schema` is the text of the schema in the language `schemaType` names. */
export type StoredSchema = z.output<typeof storedSchema>
export type SubjectVersion = z.output<typeof subjectVersion>

// Confluent Schema Registry, API reference: subject, version and schema "not found".
const notFoundCodes = new Set([40401, 40402, 40403])
const maxAnswerBytes = 16 * 1024 * 1024

/**
 * Confluent's Schema Registry API over HTTP, without caches. Each call answers within the configured time; undefined is
 * "the registry says that there is none", and every failure to say is a GatewayError `registry-unavailable`.
 */
export class RegistryClient implements AsyncDisposable {
  readonly #base: string
  readonly #agent: Agent
  readonly #headers: Record<string, string>
  readonly #timeoutMs: number
  readonly #health: PartHealth

  constructor(config: Config['registry'], secrets: Secrets, health: PartHealth) {
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
      connect: {
        timeout: config.timeoutMs,
        ...(config.caFile !== undefined && { ca: readFileSync(config.caFile) }),
        ...(config.certFile !== undefined && { cert: readFileSync(config.certFile) }),
        ...(config.keyFile !== undefined && { key: readFileSync(config.keyFile) }),
      },
    })
  }

  latest(subject: string): Promise<SubjectVersion | undefined> {
    return this.#call('GET', `/subjects/${encodeURIComponent(subject)}/versions/latest`, subjectVersion)
  }

  version(subject: string, version: number): Promise<SubjectVersion | undefined> {
    return this.#call('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`, subjectVersion)
  }

  byId(id: number): Promise<StoredSchema | undefined> {
    return this.#call('GET', `/schemas/ids/${id}`, storedSchema)
  }

  byGuid(guid: string): Promise<StoredSchema | undefined> {
    return this.#call('GET', `/schemas/guids/${guid}`, guidSchema)
  }

  /** Under which version a subject has this very schema. */
  versionOf(subject: string, schema: StoredSchema): Promise<SubjectVersion | undefined> {
    return this.#call('POST', `/subjects/${encodeURIComponent(subject)}`, subjectVersion, schema)
  }

  async #call<T>(method: 'GET' | 'POST', path: string, shape: z.ZodType<T>, body?: unknown): Promise<T | undefined> {
    try {
      const answer = await this.#exchange(method, path, body)
      const found = this.#judge(answer, shape)
      this.#health.up()
      return found
    } catch (error) {
      const cause = error instanceof Error ? error.message || error.name : String(error)
      this.#health.down(cause)
      throw new GatewayError('registry-unavailable', `The schema registry did not answer as expected: ${cause}.`, {
        cause: error,
      })
    }
  }

  async #exchange(method: 'GET' | 'POST', path: string, body: unknown): Promise<{ status: number; text: string }> {
    const answer = await request(`${this.#base}${path}`, {
      method,
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(this.#timeoutMs),
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, text: await answer.body.text() }
  }

  #judge<T>({ status, text }: { status: number; text: string }, shape: z.ZodType<T>): T | undefined {
    const json = parsed(text)
    if (status === 200) {
      const found = shape.safeParse(json)
      if (found.success) return found.data
      throw new Error('it answered 200 with something that is not a schema')
    }
    const error = errorBody.safeParse(json)
    if (status === 404 && error.success && notFoundCodes.has(error.data.error_code)) return undefined
    throw new Error(`it answered ${status}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
