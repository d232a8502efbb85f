/** How many streams each caller has open. Who has none is not known here. */
export class OpenStreams {
  readonly #byCaller = new Map<string, number>()

  /** Gives what closes it again, once; undefined where there are so many already. */
  open(caller: string, limit: number): (() => void) | undefined {
    if (this.of(caller) >= limit) return undefined
    this.#add(caller, 1)
    let isOpen = true
    return () => {
      if (isOpen) this.#add(caller, -1)
      isOpen = false
    }
  }

  of(caller: string): number {
    return this.#byCaller.get(caller) ?? 0
  }

  #add(caller: string, streams: number): void {
    const open = this.of(caller) + streams
    if (open > 0) this.#byCaller.set(caller, open)
    else this.#byCaller.delete(caller)
  }
}
