interface Run {
  from: number
  /** The first that is not in it. */
  to: number
}

/** Offsets of one partition, few of them or nearly all, as a text that stays short: `0-120,125`. */
export class OffsetSet {
  #runs: Run[]

  private constructor(runs: Run[]) {
    this.#runs = runs
  }

  /** Throws a RangeError where a {@link text} was not written by this class. */
  static parse(text: string): OffsetSet {
    const runs = text.split(',').flatMap((part): Run[] => {
      if (part === '') return []
      const [, from, last = from] = /^(\d{1,16})(?:-(\d{1,16}))?$/.exec(part) ?? []
      if (from === undefined) throw new RangeError('this is no set of offsets')
      return [{ from: Number(from), to: Number(last) + 1 }]
    })
    return new OffsetSet(runs)
  }

  get text(): string {
    return this.#runs.map(({ from, to }) => (to - from === 1 ? String(from) : `${from}-${to - 1}`)).join(',')
  }

  has(offset: number): boolean {
    const run = this.#runs[this.#placeAfter(offset) - 1]
    return run !== undefined && offset < run.to
  }

  /** The first from the offset on that is not in it. */
  nextWithout(offset: number): number {
    const run = this.#runs[this.#placeAfter(offset) - 1]
    return run && offset < run.to ? run.to : offset
  }

  add(offset: number): void {
    if (this.has(offset)) return
    const place = this.#placeAfter(offset)
    const before = this.#runs[place - 1]
    const after = this.#runs[place]
    const joinsBefore = before?.to === offset
    const joinsAfter = after?.from === offset + 1
    if (before && joinsBefore && after && joinsAfter) {
      before.to = after.to
      this.#runs.splice(place, 1)
    } else if (before && joinsBefore) before.to++
    else if (after && joinsAfter) after.from--
    else this.#runs.splice(place, 0, { from: offset, to: offset + 1 })
  }

  /** What is before the offset is as if it were in it, and takes no room. */
  forget(before: number): void {
    this.#runs = this.#runs.filter(({ to }) => to > before)
    const [first] = this.#runs
    if (first && first.from < before) first.from = before
  }

  /** The place of the first run that begins after the offset. */
  #placeAfter(offset: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#runs[middle] as Run).from <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
