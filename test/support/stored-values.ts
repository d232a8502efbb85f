import type { Message } from '@confluentinc/kafka-javascript'
import { readPartitions } from '../../local/read-partitions.ts'
import { sharedParts } from './parts.ts'

const limitMs = 20_000

/** The values of all records that partition 0 of each topic holds now, in order, as any Kafka client reads them. */
export async function storedValues(
  topics: readonly string[],
  bootstrap = sharedParts().kafka.bootstrap,
): Promise<Map<string, (Buffer | null)[]>> {
  const records = await storedMessages(topics, bootstrap)
  return new Map([...records].map(([topic, messages]) => [topic, messages.map(({ value }) => value)]))
}

export interface StoredMessage {
  key: string | null
  value: Buffer | null
  timestamp: number
  /** In the order of the record. */
  headers: [name: string, text: string][]
}

export async function storedMessages(
  topics: readonly string[],
  bootstrap = sharedParts().kafka.bootstrap,
): Promise<Map<string, StoredMessage[]>> {
  const partitions = topics.map((topic) => ({ topic, partition: 0 }))
  const stored = new Map<string, StoredMessage[]>(topics.map((topic) => [topic, []]))
  for (const message of await readPartitions({ bootstrap, partitions, limitMs })) {
    stored.get(message.topic)?.push(storedMessage(message))
  }
  return stored
}

function storedMessage({ key, value, timestamp = -1, headers = [] }: Message): StoredMessage {
  const texts = headers.flatMap((header) => Object.entries(header))
  return {
    key: key == null ? null : String(key),
    value,
    timestamp,
    headers: texts.map(([name, text]) => [name, String(text)]),
  }
}
