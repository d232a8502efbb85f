import type { ProblemCode } from '../errors/problems.ts'
import type { StreamConnection } from './connection.ts'
import type { StreamForm } from './forms/stream-form.ts'
import type { Frame } from './frame.ts'
import { gapFrame } from './frames.ts'
import type { Outbox } from './outbox.ts'

export interface ReaderOutputParts {
  connection: StreamConnection
  form: StreamForm
  openOutbox: () => Outbox
  now: () => number
}

const pieceBytes = 64 * 1024

/** What goes to one reader's connection, and what waits for it. */
export class ReaderOutput {
  readonly #parts: ReaderOutputParts
  #outbox: Outbox | undefined
  #writtenAt: number
  #writtenCursor: string | undefined

  constructor(parts: ReaderOutputParts) {
    this.#parts = parts
    this.#writtenAt = parts.now()
  }

  /** When something was written last. */
  get writtenAt(): number {
    return this.#writtenAt
  }

  /** Of who has read what was written; undefined while the connection takes everything. */
  get writtenCursor(): string | undefined {
    return this.#writtenCursor
  }

  /**
   * False: the connection takes no more.
   * @param cursor of who has read this
   */
  write(bytes: Buffer, cursor: string): boolean {
    return this.#wrote(this.#parts.connection.write(bytes), cursor)
  }

  writeFrames(frames: readonly Frame[]): boolean {
    return this.#wrote(this.#parts.connection.writeAll(frames.map(({ bytes }) => bytes)), lastCursor(frames))
  }

  /** For when the connection takes more. False: it is too much, and the rule is to disconnect. */
  hold(frames: readonly Frame[]): boolean {
    const outbox = this.#outbox ?? this.#parts.openOutbox()
    this.#outbox = outbox
    return frames.every((frame) => outbox.push(frame))
  }

  /** The connection takes more again. True once nothing waits any more. */
  drain(): boolean {
    while (this.#outbox && !this.#outbox.isEmpty) {
      const { omission, frames } = this.#outbox.take(pieceBytes)
      const gaps = omission?.gaps.map((gap) => gapFrame(this.#parts.form, gap, 'slow-reader', omission.cursor)) ?? []
      if (!this.writeFrames([...gaps, ...frames])) return false
    }
    this.#outbox = undefined
    this.#writtenCursor = undefined
    return true
  }

  /** What waits is not written any more. Where something did, the cursor of who has read what was written. */
  forget(): string | undefined {
    const cursor = this.#outbox && this.#writtenCursor
    this.#outbox = undefined
    this.#writtenCursor = undefined
    return cursor
  }

  end(bytes: Buffer, code: ProblemCode): void {
    this.#outbox = undefined
    this.#parts.connection.end(bytes, code)
  }

  cut(): void {
    this.#outbox = undefined
    this.#parts.connection.cut()
  }

  #wrote(takesMore: boolean, cursor: string): boolean {
    this.#writtenAt = this.#parts.now()
    if (!takesMore) this.#writtenCursor = cursor
    return takesMore
  }
}

export const lastCursor = (frames: readonly Frame[]): string => (frames.at(-1) as Frame).cursor
