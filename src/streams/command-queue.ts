export interface CommandQueueParts<Command> {
  /** The next one waits until it has settled. It must not reject. */
  handle: (command: Command) => Promise<void>
  /** So many wait. */
  most: number
  /** True: bring no more commands. */
  onFull: (isFull: boolean) => void
}

/** Commands of one connection, handled one after another in the order in which they came. */
export class CommandQueue<Command> {
  readonly #parts: CommandQueueParts<Command>
  readonly #waiting: Command[] = []
  #isRunning = false
  #isFull = false
  #isClosed = false

  constructor(parts: CommandQueueParts<Command>) {
    this.#parts = parts
  }

  push(command: Command): void {
    if (this.#isClosed) return
    this.#waiting.push(command)
    if (!this.#isRunning) void this.#run()
    if (!this.#isFull && this.#waiting.length >= this.#parts.most) this.#setFull(true)
  }

  /** What waits is forgotten, and nothing more is taken. */
  close(): void {
    this.#isClosed = true
    this.#waiting.length = 0
    if (this.#isFull) this.#setFull(false)
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#parts.handle(next)
      if (this.#isFull && this.#waiting.length === 0) this.#setFull(false)
    }
    this.#isRunning = false
  }

  #setFull(isFull: boolean): void {
    this.#isFull = isFull
    this.#parts.onFull(isFull)
  }
}
