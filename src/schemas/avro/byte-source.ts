import { isUtf8 } from 'node:buffer'
import { DecodeError } from '../decode-error.ts'
import type { DecodeOptions } from '../event-codec.ts'
import type { Encoding } from './encoding.ts'

const deepestNesting = 500
const mostEmptyItems = 1_000_000

/** One event's bytes as they are read. Whatever the bytes are, a read returns, or throws a DecodeError. */
export class ByteSource {
  readonly longs: DecodeOptions['longs']
  /** Where values are tried that may belong to several branches of a union. */
  readonly trial: Encoding
  readonly #bytes: Buffer
  #at: number
  #depth = 0
  #emptyItems = 0

  constructor(bytes: Buffer, start: number, longs: DecodeOptions['longs'], trial: Encoding) {
    this.#bytes = bytes
    this.#at = start
    this.longs = longs
    this.trial = trial
  }

  get rest(): number {
    return this.#bytes.length - this.#at
  }

  fail(what: string): never {
    throw new DecodeError(`At byte ${this.#at}: ${what}.`)
  }

  enter(): void {
    if (++this.#depth > deepestNesting) this.fail(`nested deeper than ${deepestNesting} levels`)
  }

  leave(): void {
    this.#depth--
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) return this.fail('the bytes end too early')
    this.#at++
    return value
  }

  int(): number {
    const value = this.long()
    if (typeof value !== 'number' || (value | 0) !== value) return this.fail('an int is outside 32 bits')
    return value
  }

  /** A number where that is a safe integer, else a bigint. */
  long(): number | bigint {
    const bytes = this.#bytes
    let at = this.#at
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) return this.fail('the bytes end too early')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#at = at
        return (value >>> 1) ^ -(value & 1)
      }
    }
    return this.#wideLong()
  }

  #wideLong(): number | bigint {
    let low = 0
    let high = 0n
    let factor = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.byte()
      if (count < 7) {
        low += (byte & 0x7f) * factor
        factor *= 128
      } else {
        high |= BigInt(byte & 0x7f) << BigInt(7 * count)
      }
      if (byte >= 0x80) continue
      if (count === 9 && byte > 1) break
      if (high === 0n) return low % 2 === 0 ? low / 2 : -((low + 1) / 2)
      return fromZigzag(high | BigInt(low))
    }
    return this.fail('a varint has more than 64 bits')
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#advance(4))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#advance(8))
  }

  /** A view of the next `size` bytes. */
  raw(size: number): Buffer {
    const from = this.#advance(size)
    return this.#bytes.subarray(from, from + size)
  }

  bytes(): Buffer {
    return this.raw(this.size())
  }

  string(): string {
    const size = this.size()
    const from = this.#advance(size)
    const text = this.#bytes.toString('utf8', from, from + size)
    // Node's decoder puts U+FFFD where the bytes are not UTF-8.
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(from, from + size))) this.fail('a string is not UTF-8')
    return text
  }

  /** The length of what follows. */
  size(): number {
    const size = this.long()
    if (typeof size !== 'number' || size < 0 || size > this.rest)
      return this.fail('a length is not that of what follows')
    return size
  }

  /** How many items the next block of an array or a map has; 0 is its end. */
  blockCount(itemMayBeEmpty: boolean): number {
    let count = this.long()
    if (count === 0) return 0
    if (count < 0) {
      count = -count
      this.size()
    }
    if (typeof count === 'number' && (itemMayBeEmpty ? this.#mayHaveEmpty(count) : count <= this.rest)) return count
    return this.fail('a block has more items than can follow')
  }

  #mayHaveEmpty(count: number): boolean {
    this.#emptyItems += count
    return this.#emptyItems <= mostEmptyItems
  }

  #advance(size: number): number {
    const from = this.#at
    if (size > this.rest) return this.fail('the bytes end too early')
    this.#at = from + size
    return from
  }
}

function fromZigzag(value: bigint): number | bigint {
  const integer = (value >> 1n) ^ -(value & 1n)
  const double = Number(integer)
  return Number.isSafeInteger(double) ? double : integer
}
