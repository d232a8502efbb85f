import type { Cursor, TopicPosition } from './cursor.ts'

/** The payload of a cursor: varints (LEB128) and length-prefixed UTF-8. */
export function cursorBytes({ topics }: Cursor): Buffer {
  const bytes: number[] = []
  writeNumber(bytes, topics.length)
  for (const { topic, topicId, partition, next } of topics) {
    writeText(bytes, topic)
    writeText(bytes, topicId)
    writeNumber(bytes, partition === null ? 0 : partition + 1)
    writeNumber(bytes, next.size)
    for (const [of, offset] of next) {
      writeNumber(bytes, of)
      writeNumber(bytes, offset)
    }
  }
  return Buffer.from(bytes)
}

/** Throws a RangeError for bytes that {@link cursorBytes} did not write. */
export function cursorFrom(bytes: Buffer): Cursor {
  const source = new CursorSource(bytes)
  const topics = source.times((): TopicPosition => {
    const topic = source.text()
    const topicId = source.text()
    const partition = source.number()
    const next = source.times((): [number, number] => [source.number(), source.number()])
    return { topic, topicId, partition: partition === 0 ? null : partition - 1, next: new Map(next) }
  })
  source.end()
  return { topics }
}

function writeNumber(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
}

function writeText(bytes: number[], text: string): void {
  const utf8 = Buffer.from(text)
  writeNumber(bytes, utf8.length)
  bytes.push(...utf8)
}

class CursorSource {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  number(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('the cursor ends too early')
      value += (byte & 0x7f) * scale
      if (!Number.isSafeInteger(value)) throw new RangeError('the cursor has a number that is too large')
      if (byte < 0x80) return value
    }
  }

  text(): string {
    const size = this.number()
    if (this.#at + size > this.#bytes.length) throw new RangeError('the cursor ends too early')
    this.#at += size
    return this.#bytes.toString('utf8', this.#at - size, this.#at)
  }

  times<T>(read: () => T): T[] {
    const items: T[] = []
    for (let left = this.number(); left > 0; left--) items.push(read())
    return items
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new RangeError('the cursor is too long')
  }
}
