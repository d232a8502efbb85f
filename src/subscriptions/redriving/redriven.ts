import { formatTime } from '../../json/time.ts'
import type { EncodedRecord, RecordHeader, StoredRecord } from '../../kafka/record.ts'
import type { DeadLetter } from '../dead-letter.ts'
import { redrivenTopicOf, type Subscription } from '../subscription.ts'

const prefix = 'headgate-redriven-'
const firstHeader = `${prefix}topic`
/** What its receivers see of it. */
const shownHeader = 'headgate-redriven'

/** The event of a dead letter, as it is put into the subscription's own topic. */
export function redrivenRecord(letter: DeadLetter, { key, value }: StoredRecord, now: number): EncodedRecord {
  const { topic, partition, offset, timestamp } = letter.origin
  const texts = { topic, partition, offset, timestamp, at: formatTime(now) }
  const ours = Object.entries(texts).map(
    ([name, text]): RecordHeader => ({ name: prefix + name, value: Buffer.from(String(text)) }),
  )
  return { key, value, timestamp: now, headers: [...letter.headers, ...ours] }
}

/** A record of the subscription's own topic as the one that it was; one that the gateway did not write there stays what it is. */
export function asBefore(record: StoredRecord): StoredRecord {
  const first = record.headers.findLastIndex(({ name }) => name === firstHeader)
  if (first < 0) return record
  const said = new Map(record.headers.slice(first).map(({ name, value }) => [name.slice(prefix.length), String(value)]))
  return {
    ...record,
    topic: said.get('topic') ?? '',
    partition: Number(said.get('partition')),
    offset: Number(said.get('offset')),
    timestamp: Number(said.get('timestamp')),
    headers: [...record.headers.slice(0, first), { name: shownHeader, value: Buffer.from(said.get('at') ?? '') }],
  }
}

export const isRedrivenTopic = ({ name }: Subscription, topic: string): boolean => topic === redrivenTopicOf(name)
