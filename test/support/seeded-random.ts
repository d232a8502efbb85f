/** Chance that is the same again for the same seed (mulberry32). */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to `limit - 1`. */
  int(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.int(times) === 0
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.int(256)))
  }

  /** The bytes with a few of them changed, taken out, put in or doubled. */
  damaged(bytes: Buffer, most = 8): Buffer {
    let damaged = bytes
    for (let times = 1 + this.int(most); times > 0; times--) {
      const at = this.int(damaged.length + 1)
      const [before, after] = [damaged.subarray(0, at), damaged.subarray(at)]
      const put = this.pick([
        this.bytes(1),
        this.bytes(3),
        Buffer.from(this.pick([...'{}[]",:\\\r\n\0 0-%;/'])),
        after.subarray(0, 20),
      ])
      damaged = Buffer.concat([before, this.once(3) ? Buffer.alloc(0) : put, after.subarray(this.int(3))])
    }
    return damaged
  }
}
