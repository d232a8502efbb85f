const longestShortString = 63
// Twice as much is still a safe integer.
const largestDoubled = 2 ** 51

/** A reusable, growing run of bytes in Avro's binary forms. `length` is where the next byte goes. */
export class ByteSink {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
  }

  get length(): number {
    return this.#length
  }

  reset(): void {
    this.#length = 0
  }

  /** Forgets everything from `length` on. */
  cut(length: number): void {
    this.#length = length
  }

  /** A view, good until the sink is written to again. */
  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to)
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** A 32-bit integer as a zigzag varint. */
  int(value: number): void {
    this.#reserve(5)
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  /** A 64-bit integer as a zigzag varint; a number must be a safe integer. */
  long(value: number | bigint): void {
    if (typeof value === 'bigint') this.#bigLong(value)
    else if ((value | 0) === value) this.int(value)
    else if (Math.abs(value) > largestDoubled) this.#bigLong(BigInt(value))
    else this.#wideLong(value)
  }

  #wideLong(value: number): void {
    this.#reserve(10)
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  float(value: number): void {
    this.#reserve(4)
    this.#length = this.#bytes.writeFloatLE(value, this.#length)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  /** Length and UTF-8 of a well-formed string. */
  string(value: string): void {
    if (value.length <= longestShortString && this.#shortAscii(value)) return
    const size = Buffer.byteLength(value)
    this.int(size)
    this.#reserve(size)
    this.#length += this.#bytes.write(value, this.#length, size, 'utf8')
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #shortAscii(value: string): boolean {
    const size = value.length
    this.#reserve(size + 1)
    const bytes = this.#bytes
    let at = this.#length
    bytes[at++] = size << 1
    for (let index = 0; index < size; index++) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) return false
      bytes[at++] = code
    }
    this.#length = at
    return true
  }

  #bigLong(value: bigint): void {
    this.#reserve(10)
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest)
  }

  #reserve(size: number): void {
    const needed = this.#length + size
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
