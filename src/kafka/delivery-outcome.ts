import { kafkaCodes as codes } from './native-client.ts'

/**
 * What became of one record. `failed` is a promise: it was not written, and will not be. `tooLarge` is said of the batch that
 * it was sent in: the client does not split one, so where a topic allows less than `batch.size` the record itself may be small.
 */
export type Delivery =
  | { status: 'written'; partition: number; offset: number; timestamp: number }
  | { status: 'failed'; code: number; reason: string; tooLarge?: true; badTimestamp?: true }
  | { status: 'unknown'; reason: string }

/**
 * The only codes of a delivery report after which nothing was written, each with why. Every other code is an unknown
 * outcome, because the append may have happened before the error did. Left out although they look safe:
 * - NOT_LEADER_FOR_PARTITION, KAFKA_STORAGE_ERROR: a broker also answers them to a write that it had appended, when the
 *   partition left it while it waited for the other replicas.
 * - NOT_ENOUGH_REPLICAS_AFTER_APPEND, REQUEST_TIMED_OUT: appended, not replicated in time.
 * - DUPLICATE_SEQUENCE_NUMBER, OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_EPOCH: answers to a
 *   retry, whose first attempt may have succeeded.
 * - ERR__MSG_TIMED_OUT, ERR__TRANSPORT, ERR__TIMED_OUT, ERR__PURGE_INFLIGHT, ERR__PURGE_QUEUE, ERR__DESTROY, ERR__FATAL:
 *   the client gave up on a record that it may have sent.
 */
const neverWritten: ReadonlyMap<number, string> = new Map([
  [codes.ERR_INVALID_MSG, 'the broker found the batch corrupt before it appended it'],
  [codes.ERR_MSG_SIZE_TOO_LARGE, 'the batch is over the size that the topic allows'],
  [codes.ERR_RECORD_LIST_TOO_LARGE, 'the batch is over the size of a log segment'],
  [codes.ERR_TOPIC_EXCEPTION, 'the name is not one that a topic can have, or is that of an internal one'],
  [codes.ERR_NOT_ENOUGH_REPLICAS, 'too few replicas were in sync, so the broker did not append'],
  [codes.ERR_INVALID_REQUIRED_ACKS, 'the request was refused as a whole'],
  [codes.ERR_TOPIC_AUTHORIZATION_FAILED, 'permission is checked before anything is appended'],
  [codes.ERR_CLUSTER_AUTHORIZATION_FAILED, 'permission is checked before anything is appended'],
  [codes.ERR_INVALID_TIMESTAMP, 'records are validated before they are appended'],
  [codes.ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, 'records are validated before they are appended'],
  [codes.ERR_UNSUPPORTED_COMPRESSION_TYPE, 'records are validated before they are appended'],
  [codes.ERR_INVALID_RECORD, 'records are validated before they are appended'],
  [codes.ERR__INVALID_DIFFERENT_RECORD, 'another record of the batch was invalid, and the batch was refused whole'],
  // Brokers answer it after an append too, but then the client asks again: reported, it comes from the cluster's metadata.
  [codes.ERR_UNKNOWN_TOPIC_OR_PART, 'the topic does not exist, and nothing can be kept in it'],
  [codes.ERR__UNKNOWN_TOPIC, 'the client found no such topic, and sent nothing'],
  [codes.ERR__UNKNOWN_PARTITION, 'the client found no such partition, and sent nothing'],
])

const sizeCodes: ReadonlySet<number> = new Set([codes.ERR_MSG_SIZE_TOO_LARGE, codes.ERR_RECORD_LIST_TOO_LARGE])

/** An error that `produce()` threw: the record never entered the client's queue. */
export function outcomeOfThrow(error: unknown): Delivery {
  const { code, message } = error as { code?: number; message?: string }
  return failed(code ?? codes.ERR__FAIL, message ?? 'the client refused the record')
}

/**
 * The code of a delivery report.
 * @param mayBeRetry the record was accepted so long ago that the answer may be to a second attempt, and says nothing
 *   about the first. The client does not tell.
 */
export function outcomeOfReport(code: number, reason: string, mayBeRetry: boolean): Delivery {
  if (!neverWritten.has(code)) return { status: 'unknown', reason }
  return mayBeRetry
    ? { status: 'unknown', reason: `${reason} (possibly written by an earlier attempt)` }
    : failed(code, reason)
}

function failed(code: number, reason: string): Delivery {
  const failure: Delivery = { status: 'failed', code, reason }
  if (sizeCodes.has(code)) failure.tooLarge = true
  if (code === codes.ERR_INVALID_TIMESTAMP) failure.badTimestamp = true
  return failure
}
