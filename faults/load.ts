import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '../local/wait-until.ts'
import type { Ending } from './answer-log.ts'
import type { Caller } from './caller.ts'
import type { Way } from './requests.ts'

const ways: readonly Way[] = ['one', 'one', 'batch skip', 'batch withhold', 'lines']
const loweredSeconds = 2
const pauseMs = 5
// Who is turned away at once would else do nothing but ask.
const pauseAfterFaultMs = 50
const limitMs = 60_000

/** Callers of every kind, half of them with a lowered deadline, that go on until they are stopped. */
export class Load {
  readonly #caller: Caller
  readonly #working: Promise<void>[]
  #isOver = false

  constructor(caller: Caller) {
    this.#caller = caller
    this.#working = ways.flatMap((way) => [this.#work(way), this.#work(way, loweredSeconds)])
  }

  /** Waits until so many more events came to this ending. */
  async more(ending: Ending, events: number): Promise<void> {
    const { counts } = this.#caller
    const least = counts[ending] + events
    if (await waitUntil(() => counts[ending] >= least, { limitMs, everyMs: 20 })) return
    throw new Error(`no ${events} more events were ${ending} within ${limitMs} ms: ${JSON.stringify(counts)}`)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#working)
  }

  async #work(way: Way, waitSeconds?: number): Promise<void> {
    for (let round = 0; !this.#isOver; round++) {
      const { endings } = await this.#caller.send(way, round, waitSeconds)
      await delay(
        endings.some((ending) => ending === 'published' || ending === 'refused') ? pauseMs : pauseAfterFaultMs,
      )
    }
  }
}
