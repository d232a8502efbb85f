import avsc from 'avsc'
import { readPartitions } from '../local/read-partitions.ts'
import type { StoredEvent } from './judge.ts'
import { schema } from './requests.ts'

const limitMs = 60_000
// Kafka's magic byte and the schema's id come before the value.
const headerBytes = 5

export interface Reading {
  bootstrap: string
  topic: string
  partitions: number
}

/** All events of a topic, read by a consumer that knows nothing of the gateway. */
export async function storedEvents({ bootstrap, topic, partitions }: Reading): Promise<StoredEvent[]> {
  const type = avsc.Type.forSchema(schema as avsc.Schema)
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const messages = await readPartitions({ bootstrap, partitions: all, limitMs })
  return messages.map(({ value, partition, offset }) => {
    const { id } = type.decode(value as Buffer, headerBytes).value as { id: number }
    return { id, partition, offset }
  })
}
