const slotsOfMs = 100
const mostMs = 10_000

/** Times in slots of 10 µs, up to 10 s. */
export class Histogram {
  readonly #slots = new Uint32Array(mostMs * slotsOfMs)
  #count = 0
  #mostMs = 0

  get mostMs(): number {
    return this.#mostMs
  }

  add(ms: number): void {
    const slot = Math.max(0, Math.min(this.#slots.length - 1, Math.floor(ms * slotsOfMs)))
    this.#slots[slot] = (this.#slots[slot] as number) + 1
    this.#count++
    if (ms > this.#mostMs) this.#mostMs = ms
  }

  clear(): void {
    this.#slots.fill(0)
    this.#count = 0
    this.#mostMs = 0
  }

  percentile(share: number): number {
    let left = Math.ceil(this.#count * share)
    const slot = this.#slots.findIndex((count) => {
      left -= count
      return left <= 0
    })
    return slot / slotsOfMs
  }
}
