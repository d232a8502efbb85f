interface Slice {
  since: number
  events: number
}

/** One record that Kafka has not answered for. */
export interface InFlightEvent<T> {
  readonly bytes: number
  readonly slice: Slice
  readonly owner: T
}

const sliceMs = 100

/**
 * Counts what is in flight, and knows the age of the oldest of it to a tenth of a second. Reports come in any order, and
 * there are tens of thousands a second: events are counted by the tenth of a second in which they came, not listed.
 */
export class InFlight<T> {
  #events = 0
  #bytes = 0
  readonly #slices: Slice[] = []
  readonly #now: () => number
  readonly #onEmpty = new Set<() => void>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  get events(): number {
    return this.#events
  }

  get bytes(): number {
    return this.#bytes
  }

  get oldestAgeMs(): number {
    while (this.#slices[0]?.events === 0) this.#slices.shift()
    const oldest = this.#slices[0]
    return oldest ? this.#now() - oldest.since : 0
  }

  add(bytes: number, owner: T): InFlightEvent<T> {
    const slice = this.#sliceOf(this.#now())
    slice.events += 1
    this.#events += 1
    this.#bytes += bytes
    return { bytes, slice, owner }
  }

  remove({ bytes, slice }: InFlightEvent<T>): void {
    slice.events -= 1
    this.#events -= 1
    this.#bytes -= bytes
    if (this.#events > 0) return
    this.#slices.length = 0
    for (const resolve of this.#onEmpty) resolve()
  }

  /** True as soon as nothing is in flight, false after `limitMs`. */
  async empty(limitMs: number): Promise<boolean> {
    if (this.#events === 0) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const onEmpty = () => resolve(true)
    const timer = setTimeout(resolve, limitMs, false)
    this.#onEmpty.add(onEmpty)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#onEmpty.delete(onEmpty)
    }
  }

  #sliceOf(now: number): Slice {
    const last = this.#slices.at(-1)
    if (last && now - last.since < sliceMs) return last
    while (this.#slices[0]?.events === 0) this.#slices.shift()
    const slice = { since: now, events: 0 }
    this.#slices.push(slice)
    return slice
  }
}
