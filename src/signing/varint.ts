const firstRoom = 128

/** LEB128, for whole numbers that are not negative, and texts. */
export class VarintWriter {
  #bytes = Buffer.allocUnsafe(firstRoom)
  #length = 0

  number(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  /** UTF-8, with its length before it. */
  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.number(length)
    this.#provide(length)
    this.#length += this.#bytes.write(value, this.#length)
  }

  byte(value: number): void {
    this.#provide(1)
    this.#bytes[this.#length++] = value
  }

  /** What was written, which is not written to any more. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #provide(room: number): void {
    if (this.#length + room <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#length + room))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** Throws a RangeError where the bytes are not what a {@link VarintWriter} writes. */
export class VarintReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length
  }

  number(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (!Number.isSafeInteger(value)) throw new RangeError('the number is too large')
      if (byte < 0x80) return value
    }
  }

  text(): string {
    const end = this.number() + this.#at
    if (end > this.#bytes.length) throw new RangeError('the bytes end too early')
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end
    return text
  }

  byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError('the bytes end too early')
    return byte
  }
}

export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}
