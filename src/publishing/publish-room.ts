export interface RoomLimits {
  events: number
  bytes: number
}

/** How much of one caller waits for its outcome. One event has room whatever its size. */
export class PublishRoom {
  readonly #limits: RoomLimits
  #events = 0
  #bytes = 0
  #waiting: (() => void)[] = []

  constructor(limits: RoomLimits) {
    this.#limits = limits
  }

  /** To be called when there is room; `leave` when the event has its outcome. */
  enter(bytes: number): { leave: () => void } {
    this.#events++
    this.#bytes += bytes
    return {
      leave: () => {
        this.#events--
        this.#bytes -= bytes
        const waiting = this.#waiting
        this.#waiting = []
        for (const wake of waiting) wake()
      },
    }
  }

  async hasRoom(): Promise<void> {
    await this.#until(() => this.#events < this.#limits.events && this.#bytes < this.#limits.bytes)
  }

  /** Every event has its outcome. */
  async isEmpty(): Promise<void> {
    await this.#until(() => this.#events === 0)
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      await promise
    }
  }
}
