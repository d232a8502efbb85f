import type { Message, MessageHeader } from '@confluentinc/kafka-javascript'
import type { EncodedRecord, RecordHeader, StoredRecord } from './record.ts'

const noBytes = Buffer.alloc(0)

/**
 * The client's form of headers. A value that is neither string nor buffer must never reach it: it then throws *and* writes
 * the record. An empty string is written as an empty value, a buffer without memory as `null`.
 */
export function toNativeHeaders(headers: readonly RecordHeader[]): MessageHeader[] | undefined {
  if (headers.length === 0) return undefined
  return headers.map(({ name, value }) => ({ [name]: value === null ? noBytes : value.length === 0 ? '' : value }))
}

export function toStoredRecord(message: Message): StoredRecord {
  const { topic, partition, offset, timestamp = -1, value } = message
  const key = message.key as Buffer | null
  const headers = message.headers ? message.headers.map(toRecordHeader) : []
  return { topic, partition, offset, timestamp, key, value, headers, bytes: recordBytes({ key, value, headers }) }
}

function toRecordHeader(header: MessageHeader): RecordHeader {
  for (const name of Object.keys(header)) return { name, value: header[name] as Buffer }
  // The client sets a header named `__proto__` by assignment, which makes its value the prototype.
  return { name: '__proto__', value: Object.getPrototypeOf(header) }
}

/** What a record counts for against limits in bytes. */
export function recordBytes({ key, value, headers }: Pick<EncodedRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) bytes += header.name.length + (header.value?.length ?? 0)
  return bytes
}
