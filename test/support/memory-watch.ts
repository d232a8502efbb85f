import { setTimeout as delay } from 'node:timers/promises'
import type { Api } from './api.ts'

const sampleMs = 100

/** How much a gateway's process grows, at the most, from here to its disposing: its resident memory, by its own metrics. */
export class MemoryWatch implements AsyncDisposable {
  #first = 0
  #most = 0
  #isOver = false
  readonly #api: Api
  #watching: Promise<void> | undefined

  private constructor(api: Api) {
    this.#api = api
  }

  static async start(api: Api): Promise<MemoryWatch> {
    const watch = new MemoryWatch(api)
    watch.#first = await watch.#resident()
    watch.#watching = watch.#watch()
    return watch
  }

  get grownMiB(): number {
    return Math.round((this.#most - this.#first) / 2 ** 20)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      this.#most = Math.max(this.#most, await this.#resident())
      await delay(sampleMs)
    }
  }

  async #resident(): Promise<number> {
    return Number(/^process_resident_memory_bytes (\d+)$/m.exec((await this.#api.get('/metrics')).text)?.[1])
  }
}
