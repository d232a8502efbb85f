import type { Request } from 'express'
import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import { contentEncoding, mediaTypeOf } from './content-headers.ts'
import { inflate } from './inflate.ts'

export interface JsonBody {
  value: JsonValue
  mediaType: string
  /** Of the JSON text, inflated. */
  bytes: number
  /** The JSON text itself, inflated. */
  source: Buffer
}

export type JsonBodyReader = (req: Request) => Promise<JsonBody | null>

/** For an operation that reads more than one media type, and has looked which it is. */
export type TypedBodyReader = (req: Request, mediaType: string) => Promise<JsonBody>

export const readsNothing: JsonBodyReader = async () => null

export interface JsonBodyLimits {
  /** The setting's name and its value: a body beyond it is answered with its name. */
  limit: {
    name: 'limits.eventBytes' | 'limits.bodyBytes' | 'contracts.maxBytes'
    bytes: number
    code: 'event-too-large' | 'body-too-large'
  }
  jsonDepth: Config['limits']['jsonDepth']
  jsonValues: Config['limits']['jsonValues']
  timeoutMs: Config['http']['bodyTimeoutMs']
  /** An empty body is then `null`. */
  mayBeEmpty?: boolean
}

/** Reads a body of JSON, whole: its declared size is refused before a byte is read. */
export function typedBodyReader(limits: JsonBodyLimits): TypedBodyReader {
  const { limit, jsonDepth, jsonValues, timeoutMs, mayBeEmpty = false } = limits
  const tooLarge = () => new GatewayError(limit.code, `The body is larger than ${limit.bytes} bytes (${limit.name}).`)

  return async (req, mediaType) => {
    const encoding = contentEncoding(req.headers['content-encoding'])
    if (Number(req.headers['content-length'] ?? 0) > limit.bytes) throw tooLarge()
    const received = await receive(req, limit.bytes, timeoutMs, tooLarge)
    const bytes = encoding === 'gzip' ? await inflate(received, limit.bytes, tooLarge) : received
    const value = mayBeEmpty && bytes.length === 0 ? null : parseJson(bytes, jsonDepth, jsonValues)
    return { value, mediaType, bytes: bytes.length, source: bytes }
  }
}

/** For an operation that reads `application/json` and nothing else. `levelsAround` stand around what is bounded in its depth. */
export function jsonBodyReader({ limits, http }: Pick<Config, 'limits' | 'http'>, levelsAround = 0): JsonBodyReader {
  const read = typedBodyReader({
    limit: { name: 'limits.bodyBytes', bytes: limits.bodyBytes, code: 'body-too-large' },
    jsonDepth: limits.jsonDepth + levelsAround,
    jsonValues: limits.jsonValues,
    timeoutMs: http.bodyTimeoutMs,
  })
  return async (req) => read(req, mediaTypeOf(req.headers['content-type'], ['application/json']))
}

function receive(req: Request, maxBytes: number, timeoutMs: number, tooLarge: () => GatewayError): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const fail = (error: GatewayError) => {
    clearTimeout(timer)
    reject(error)
  }
  const timer = setTimeout(() => fail(tooSlow(timeoutMs)), timeoutMs)
  req.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
    else {
      // The rest is read and dropped (see the listener): closing on a caller that still writes would lose it the answer.
      chunks.length = 0
      fail(tooLarge())
    }
  })
  req.on('end', () => {
    clearTimeout(timer)
    resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size))
  })
  req.on('error', () => fail(cut()))
  req.on('close', () => {
    if (!req.readableEnded) fail(cut())
  })
  return promise
}

const cut = (): GatewayError => new GatewayError('malformed-request', 'The body was cut.')

function tooSlow(timeoutMs: number): GatewayError {
  return new GatewayError('request-timeout', `The body did not arrive within ${timeoutMs} ms.`, {
    headers: { connection: 'close' },
  })
}
