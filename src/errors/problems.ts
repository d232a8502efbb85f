interface Problem {
  status: number
  title: string
  /** The same request may succeed later, and repeating it writes nothing twice. */
  retryable?: true
}

/** Every problem the gateway answers with. Codes are stable; docs/errors.md has a paragraph for each. */
export const problems = {
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'malformed-request': { status: 400, title: 'The request cannot be parsed' },
  'invalid-parameter': { status: 400, title: 'A parameter is not valid' },
  'invalid-body': { status: 400, title: 'The body does not have the documented shape' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of this gateway' },
  'empty-batch': { status: 400, title: 'The batch has no events' },
  'atomic-not-supported': { status: 400, title: 'Atomic batches are not supported' },
  'idempotency-key-not-supported': { status: 400, title: 'Idempotency-Key is not supported' },
  'token-missing': { status: 401, title: 'An access token is required' },
  'token-invalid': { status: 401, title: 'The access token is not valid' },
  'key-invalid': { status: 401, title: 'The API key is not valid' },
  'ticket-invalid': { status: 401, title: 'The ticket is not valid' },
  'scope-missing': { status: 403, title: 'The access token lacks a scope' },
  'address-not-allowed': { status: 403, title: 'The API key may not be used from this address' },
  'origin-not-allowed': { status: 403, title: 'The origin of the page is not allowed' },
  'route-not-found': { status: 404, title: 'There is nothing at this path' },
  'topic-not-found': { status: 404, title: 'Topic not found' },
  'key-not-found': { status: 404, title: 'API key not found' },
  'partition-not-found': { status: 404, title: 'Partition not found' },
  'event-not-found': { status: 404, title: 'There is no event at this offset' },
  'error-page-not-found': { status: 404, title: 'There is no such problem code' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'not-acceptable': { status: 406, title: 'The answer has no form that is accepted' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive', retryable: true },
  'reader-too-slow': { status: 408, title: 'The reader is slower than its topics' },
  'answer-not-read': { status: 408, title: 'The answer was not read' },
  'key-ended': { status: 409, title: 'The API key is revoked or has expired' },
  'cursor-expired': { status: 410, title: 'The events at this position are gone' },
  'topic-recreated': { status: 410, title: 'The topic was recreated' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'event-too-large': { status: 413, title: 'The event is too large' },
  'unsupported-media-type': { status: 415, title: 'The media type is not supported' },
  'unsupported-encoding': { status: 415, title: 'The content encoding is not supported' },
  'event-refused': { status: 422, title: 'The event does not match its contract' },
  'batch-refused': { status: 422, title: 'No event of the batch matches its contract' },
  'timestamp-not-allowed': { status: 422, title: 'The topic does not allow an event of this time' },
  'schema-not-found': { status: 422, title: 'The topic has no schema' },
  'schema-unusable': { status: 422, title: 'The schema of the topic cannot be used' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  internal: { status: 500, title: 'The gateway failed' },
  'kafka-unavailable': { status: 503, title: 'Kafka is unavailable', retryable: true },
  'state-unavailable': { status: 503, title: 'A topic of the gateway itself cannot be used', retryable: true },
  'kafka-rejected': { status: 503, title: 'Kafka did not write the event', retryable: true },
  'batch-failed': { status: 503, title: 'Kafka wrote no event of the batch', retryable: true },
  'registry-unavailable': { status: 503, title: 'The schema registry is unavailable', retryable: true },
  'issuer-unavailable': { status: 503, title: 'The token issuer is unavailable', retryable: true },
  'keys-not-configured': { status: 503, title: 'The gateway takes no API keys' },
  'replica-unavailable': { status: 503, title: 'Another replica of the gateway cannot be called', retryable: true },
  'gateway-full': { status: 503, title: 'The gateway is at its limit', retryable: true },
  'gateway-stopping': { status: 503, title: 'The gateway is stopping' },
  'stream-age-reached': { status: 503, title: 'The stream has reached its age' },
  'outcome-unknown': { status: 504, title: 'Kafka has not confirmed the event in time' },
} as const satisfies Record<string, Problem>

export type ProblemCode = keyof typeof problems

export const problemOf = (code: ProblemCode): Problem => problems[code]
