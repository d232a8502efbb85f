import type { StreamForm } from './forms/stream-form.ts'
import type { Frame, OffsetRange } from './frame.ts'
import { gapFrame, joinedBytes, recordFrame } from './frames.ts'
import type { StreamReader } from './stream-reader.ts'
import type { StreamRecord } from './stream-record.ts'
import type { TopicSet } from './topic-set.ts'
import type { View } from './view.ts'

export interface ChannelParts {
  view: View
  form: StreamForm
  /** The last reader has left. */
  onEmpty: () => void
}

/** Live readers who get the very same bytes. */
export class Channel {
  readonly set: TopicSet
  readonly readers = new Set<StreamReader>()
  readonly view: View
  readonly form: StreamForm
  #frames: Frame[] = []
  #heartbeat: { cursor: string; bytes: Buffer } | undefined

  readonly #onEmpty: () => void

  constructor(set: TopicSet, { view, form, onEmpty }: ChannelParts) {
    this.set = set
    this.view = view
    this.form = form
    this.#onEmpty = onEmpty
  }

  leave(reader: StreamReader): void {
    this.readers.delete(reader)
    if (this.readers.size === 0) this.#onEmpty()
  }

  get heartbeat(): Buffer {
    const { cursor } = this.set
    if (this.#heartbeat?.cursor !== cursor) this.#heartbeat = { cursor, bytes: this.form.heartbeat(cursor) }
    return this.#heartbeat.bytes
  }

  offer(record: StreamRecord): void {
    const frame = recordFrame(this, record, () => this.set.cursor)
    if (frame) this.#frames.push(frame)
  }

  /** What Kafka had no more when the tail came there. */
  offerGap(range: OffsetRange): void {
    this.#frames.push(gapFrame(this.form, range, 'retention', this.set.cursor))
  }

  /** Writes what was offered, to everybody in one piece. */
  flush(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    const bytes = joinedBytes(frames)
    for (const reader of this.readers) reader.take(frames, bytes)
  }
}
