import { VarintReader, VarintWriter } from '../signing/varint.ts'
import type { Cursor, TopicPosition } from './cursor.ts'

/** The payload of a cursor: varints and texts. */
export function cursorBytes({ topics }: Cursor): Buffer {
  const bytes = new VarintWriter()
  bytes.number(topics.length)
  for (const { topic, topicId, partition, next } of topics) {
    bytes.text(topic)
    bytes.text(topicId)
    bytes.number(partition === null ? 0 : partition + 1)
    bytes.number(next.size)
    for (const [of, offset] of next) {
      bytes.number(of)
      bytes.number(offset)
    }
  }
  return bytes.bytes()
}

/** Throws a RangeError for bytes that {@link cursorBytes} did not write. */
export function cursorFrom(bytes: Buffer): Cursor {
  const source = new VarintReader(bytes)
  const topics = times(source, (): TopicPosition => {
    const topic = source.text()
    const topicId = source.text()
    const partition = source.number()
    const next = times(source, (): [number, number] => [source.number(), source.number()])
    return { topic, topicId, partition: partition === 0 ? null : partition - 1, next: new Map(next) }
  })
  if (!source.ended) throw new RangeError('the cursor is too long')
  return { topics }
}

function times<T>(source: VarintReader, read: () => T): T[] {
  const items: T[] = []
  for (let left = source.number(); left > 0; left--) items.push(read())
  return items
}
