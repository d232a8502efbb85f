import type { StreamForm } from './forms/stream-form.ts'
import type { Frame, FrameTaker, OffsetRange } from './frame.ts'
import { gapFrame, joinedBytes, recordFrame } from './frames.ts'
import type { StreamRecord } from './stream-record.ts'
import type { View } from './view.ts'

interface StreamPlace {
  /** Of who has read everything. */
  readonly cursor: string
}

export interface ChannelParts {
  view: View
  form: StreamForm
  /** The last reader has left. */
  onEmpty: () => void
}

/** Live readers who get the very same bytes. */
export class Channel {
  /** Where its readers stand. */
  readonly place: StreamPlace
  readonly readers = new Set<FrameTaker>()
  readonly view: View
  readonly form: StreamForm
  #frames: Frame[] = []
  #heartbeat: { cursor: string; bytes: Buffer } | undefined

  readonly #onEmpty: () => void

  constructor(place: StreamPlace, { view, form, onEmpty }: ChannelParts) {
    this.place = place
    this.view = view
    this.form = form
    this.#onEmpty = onEmpty
  }

  leave(reader: FrameTaker): void {
    this.readers.delete(reader)
    if (this.readers.size === 0) this.#onEmpty()
  }

  get heartbeat(): Buffer {
    const { cursor } = this.place
    if (this.#heartbeat?.cursor !== cursor) this.#heartbeat = { cursor, bytes: this.form.heartbeat(cursor) }
    return this.#heartbeat.bytes
  }

  offer(record: StreamRecord): void {
    const frame = recordFrame(this, record, () => this.place.cursor)
    if (frame) this.#frames.push(frame)
  }

  /** What Kafka had no more when the tail came there. */
  offerGap(range: OffsetRange): void {
    this.#frames.push(gapFrame(this.form, range, 'retention', this.place.cursor))
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
