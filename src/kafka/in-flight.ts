interface Slice {
  since: number
  events: number
}

interface Share {
  readonly caller: string
  events: number
  bytes: number
}

/** One record that Kafka has not answered for. */
export interface InFlightEvent<T> {
  readonly bytes: number
  readonly slice: Slice
  readonly share: Share | undefined
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
  /** Of callers who have something in flight. */
  readonly #shares = new Map<string, Share>()
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

  /** What one caller has in flight, and how many have something, he included. */
  shareOf(caller: string): { events: number; bytes: number; holders: number } {
    const share = this.#shares.get(caller)
    const holders = this.#shares.size + (share ? 0 : 1)
    return { events: share?.events ?? 0, bytes: share?.bytes ?? 0, holders }
  }

  /** @param caller undefined for what is nobody's share */
  add(bytes: number, caller: string | undefined, owner: T): InFlightEvent<T> {
    const slice = this.#sliceOf(this.#now())
    slice.events += 1
    this.#events += 1
    this.#bytes += bytes
    const share = caller === undefined ? undefined : this.#shareFor(caller)
    if (share) {
      share.events += 1
      share.bytes += bytes
    }
    return { bytes, slice, share, owner }
  }

  remove({ bytes, slice, share }: InFlightEvent<T>): void {
    slice.events -= 1
    if (share) {
      share.events -= 1
      share.bytes -= bytes
      if (share.events === 0) this.#shares.delete(share.caller)
    }
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

  #shareFor(caller: string): Share {
    const known = this.#shares.get(caller)
    if (known) return known
    const share = { caller, events: 0, bytes: 0 }
    this.#shares.set(caller, share)
    return share
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
