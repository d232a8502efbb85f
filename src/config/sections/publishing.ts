import { z } from 'zod'
import { bytes, count, ms } from './values.ts'

export const limitsSchema = z.strictObject({
  eventBytes: bytes.default(1_048_576).describe('Largest event, as JSON sent.'),
  bodyBytes: bytes.default(8_388_608).describe('Largest request body, after decompression.'),
  batchEvents: count.default(1_000).describe('Most events in a batch.'),
  keyBytes: bytes.default(8_192).describe('Largest key.'),
  headers: count.default(64).describe('Most headers on an event.'),
  headersBytes: bytes.default(32_768).describe('Largest sum of header names and values of an event.'),
  jsonDepth: count.default(64).describe('Deepest nesting of JSON.'),
  jsonValues: count
    .default(500_000)
    .describe('Most values (members of objects and items of arrays) of the JSON of a body.'),
  readEvents: count.default(5_000).describe('Largest `limit` of a read.'),
  readBytes: bytes.default(4_194_304).describe('Bytes of records in one answer; at least one event is always given.'),
  readWaitSeconds: count.default(60).describe('Longest `wait` of a read.'),
})

export const publishSchema = z.strictObject({
  deadlineMs: ms.default(10_000).describe('How long Kafka may take to confirm; `Prefer: wait=N` lowers it.'),
  stalledAfterMs: ms.default(2_000).describe('Age of the oldest event in flight from which new ones are turned away.'),
  inFlightEvents: count.default(100_000).describe('Most events in flight; past it 503.'),
  inFlightBytes: bytes.default(268_435_456).describe('Most bytes in flight; past it 503.'),
  streamEvents: count
    .default(10_000)
    .describe(
      'Most events of one NDJSON request or WebSocket that wait for their outcome; past it no more is read from it.',
    ),
  streamBytes: bytes.default(16_777_216).describe('The same in bytes.'),
  streamAnswerBytes: bytes
    .default(8_388_608)
    .describe(
      'Most bytes of an NDJSON answer that are held for a caller who does not read; past it the request is ended.',
    ),
})
