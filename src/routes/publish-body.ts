import type { Request } from 'express'
import { hasTicket } from '../auth/ticket-guard.ts'
import { isBinaryMode } from '../cloudevents/binary-mode.ts'
import { cloudEvent, cloudEventBatch } from '../cloudevents/media-types.ts'
import type { Config } from '../config/config.ts'
import { assertJsonType, mediaTypeOf } from './content-headers.ts'
import {
  type JsonBodyLimits,
  type JsonBodyReader,
  jsonBodyReader,
  type TypedBodyReader,
  typedBodyReader,
} from './json-body.ts'

export const ndjson = 'application/x-ndjson'

/** Of `application/x-ndjson` there is none: lines are taken as they come, and not read before the operation begins. */
export interface PublishBodies {
  event: JsonBodyReader
  eventOrLines: JsonBodyReader
  batch: JsonBodyReader
}

export function publishBodies({ limits, http }: Pick<Config, 'limits' | 'http'>): PublishBodies {
  const { jsonDepth, jsonValues, eventBytes, bodyBytes } = limits
  const common = { jsonValues, timeoutMs: http.bodyTimeoutMs }
  const ofEvent: JsonBodyLimits['limit'] = { name: 'limits.eventBytes', bytes: eventBytes, code: 'event-too-large' }
  const ofBody: JsonBodyLimits['limit'] = { name: 'limits.bodyBytes', bytes: bodyBytes, code: 'body-too-large' }
  const plain = typedBodyReader({ limit: ofEvent, jsonDepth, ...common })
  const binary = typedBodyReader({ limit: ofEvent, jsonDepth, ...common, mayBeEmpty: true })
  // An event's own nesting is what is bounded; a CloudEvent around it has one level, an array of them two, a batch three.
  const structured = typedBodyReader({ limit: ofEvent, jsonDepth: jsonDepth + 1, ...common })
  const batched = typedBodyReader({ limit: ofBody, jsonDepth: jsonDepth + 2, ...common })
  const batch = jsonBodyReader({ limits, http }, 3)
  const readers: Record<string, TypedBodyReader> = {
    'application/json': plain,
    [cloudEvent]: structured,
    [cloudEventBatch]: batched,
  }

  const readerOf = (types: readonly string[]): JsonBodyReader => {
    return async (req) => {
      if (isBinaryMode(req.headers)) {
        assertJsonType(req.headers['content-type'], hasNoBody(req))
        return binary(req, 'application/json')
      }
      const mediaType = mediaTypeOf(req.headers['content-type'], types)
      return readers[mediaType]?.(req, mediaType) ?? null
    }
  }
  const types = Object.keys(readers)
  const eventOrLines = readerOf([...types, ndjson])
  return {
    event: readerOf(types),
    eventOrLines: (req) => (hasTicket(req) && isPlainText(req) ? plain(req, 'application/json') : eventOrLines(req)),
    batch,
  }
}

// What `navigator.sendBeacon` sends for a text, which is all that it sends without asking first (Fetch, "CORS-safelisted").
const isPlainText = ({ headers }: Request): boolean =>
  /^text\/plain(;\s*charset="?utf-?8"?)?$/i.test(headers['content-type'] ?? '')

const hasNoBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
