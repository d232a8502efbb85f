/** LEB128, for whole numbers that are not negative, and texts. */
export class VarintWriter {
  readonly #bytes: number[] = []

  number(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#bytes.push((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes.push(rest)
  }

  /** UTF-8, with its length before it. */
  text(value: string): void {
    const utf8 = Buffer.from(value)
    this.number(utf8.length)
    this.#bytes.push(...utf8)
  }

  byte(value: number): void {
    this.#bytes.push(value)
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes)
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
