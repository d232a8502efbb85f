import { z } from 'zod'
import { bytes, count, ms } from './values.ts'

export const streamSchema = z.strictObject({
  readers: count.default(20_000).describe('Most streams open at once; past it 503.'),
  topics: count.default(32).describe('Most topics of one stream.'),
  heartbeatMs: ms
    .default(15_000)
    .describe(
      'Longest time in which a stream says nothing; also how often the client of a WebSocket is asked whether it is there.',
    ),
  retryMs: ms
    .default(5_000)
    .describe('Longest time that browsers are told to wait before they reconnect; a fifth of it is the shortest.'),
  maximumAgeMs: ms.default(1_800_000).describe('Age at which a stream is closed, less up to a tenth.'),
  readerBytes: bytes
    .default(1_048_576)
    .describe('Bytes held for one slow reader; past it its contract (`slowReaders`) says what happens.'),
  closingMs: ms
    .default(30_000)
    .describe('How long the last message of a stream may take to be sent; past it the connection is cut.'),
  ringBytes: bytes
    .default(1_048_576)
    .describe('Bytes of the latest records of a partition that are kept for readers to join.'),
  tailQuietMs: ms.default(30_000).describe('How long a topic is followed after its last reader.'),
  catchUpReaders: count.default(4).describe('Consumers for streams that begin in the past; further ones queue.'),
  catchUpBytesPerSecond: bytes
    .default(8_388_608)
    .describe('Bytes a second, 512 for each record and its own, that one stream is read of its history at most.'),
})
