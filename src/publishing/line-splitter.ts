const newline = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
// What may surround the text of a line that is still to come: a byte order mark and a carriage return.
const frameBytes = byteOrderMark.length + 1
const leastHeldBytes = 4096

/** The bytes of a line, without its end: a view, good until the next call. A line over the limit is not kept. */
export type Line = Buffer | 'too-long'

/**
 * Cuts chunks of bytes into lines, wherever the chunks end. It is asked for lines rather than handing them on, so that whoever
 * takes them can stop in the middle of a chunk. Empty lines are counted and left out; a byte order mark at the start is skipped.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #chunk: Buffer = Buffer.alloc(0)
  #at = 0
  /** The beginning of a line whose end has not come yet. */
  #held: Buffer = Buffer.alloc(0)
  #heldBytes = 0
  #isDiscarding = false
  #isEnded = false
  #number = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The number of the line that was given last; the first line is 1. */
  get number(): number {
    return this.#number
  }

  /** Only to be called where `next()` had nothing more. The chunk must not change before it has nothing more again. */
  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Nothing more comes: what is held is a line. */
  end(): void {
    this.#isEnded = true
  }

  next(): Line | undefined {
    for (;;) {
      const end = this.#chunk.indexOf(newline, this.#at)
      if (end === -1) break
      const line = this.#lineTo(end)
      if (line.length > 0) return line
    }
    this.#hold(this.#chunk.subarray(this.#at))
    this.#at = this.#chunk.length
    if (!this.#isEnded || (this.#heldBytes === 0 && !this.#isDiscarding)) return undefined
    const last = this.#lineTo(this.#chunk.length)
    return last.length > 0 ? last : undefined
  }

  #lineTo(end: number): Line {
    const part = this.#chunk.subarray(this.#at, end)
    this.#at = end + 1
    this.#number++
    if (this.#heldBytes === 0 && !this.#isDiscarding) return this.#withoutFrame(part)
    this.#hold(part)
    const line = this.#isDiscarding ? 'too-long' : this.#withoutFrame(this.#held.subarray(0, this.#heldBytes))
    this.#heldBytes = 0
    this.#isDiscarding = false
    return line
  }

  #withoutFrame(line: Buffer): Line {
    const start = this.#number === 1 && line.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0
    const end = line.at(-1) === carriageReturn ? line.length - 1 : line.length
    return end - start > this.#maxBytes ? 'too-long' : line.subarray(start, end)
  }

  // Copied, since a caller that sends a byte at a time would otherwise have a whole buffer kept for each of them.
  #hold(part: Buffer): void {
    const bytes = this.#heldBytes + part.length
    if (bytes > this.#maxBytes + frameBytes) this.#isDiscarding = true
    if (this.#isDiscarding) {
      this.#heldBytes = 0
      return
    }
    if (bytes > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(bytes, this.#held.length * 2, leastHeldBytes))
      this.#held.copy(grown, 0, 0, this.#heldBytes)
      this.#held = grown
    }
    part.copy(this.#held, this.#heldBytes)
    this.#heldBytes = bytes
  }
}
