import type { Api, ApiAnswer } from './api.ts'

export interface Told {
  n: number
  status: number
  code: string | undefined
  ms: number
}

/** Requests that come all the time, each with one event `{"n": …}` of its own, until they are stopped. */
export class Traffic {
  /** What was answered, in no order. */
  readonly told: Told[] = []
  readonly #working: Promise<void>[]
  #isOver = false
  #next: number

  constructor(api: Api, topic: string, { clients = 8, first = 0, headers = {} as Record<string, string> } = {}) {
    this.#next = first
    const work = async (): Promise<void> => {
      while (!this.#isOver) {
        const n = this.#next++
        const started = performance.now()
        const answer = await api.post(`/v1/topics/${topic}/events`, { n }, { headers })
        this.told.push({ n, status: answer.status, code: codeOf(answer), ms: performance.now() - started })
        // Who is turned away at once would else do nothing but ask.
        if (answer.status !== 201) await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    this.#working = Array.from({ length: clients }, work)
  }

  /** How often the status was answered, by now. */
  count(status: number): number {
    return this.told.filter((told) => told.status === status).length
  }

  /** Ends it, and throws what a request threw. */
  async stop(): Promise<readonly Told[]> {
    this.#isOver = true
    await Promise.all(this.#working)
    return this.told
  }
}

const codeOf = ({ body }: ApiAnswer): string | undefined => body?.code
