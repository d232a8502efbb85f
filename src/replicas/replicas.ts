import { randomUUID } from 'node:crypto'
import type { GatewayError } from '../errors/gateway-error.ts'
import type { Logger } from '../observability/logger.ts'
import type { StateLog } from '../state/state-log.ts'

export interface ReplicasParts {
  openLog: (take: (key: string, value: string) => void) => StateLog
  log: Logger
  /** Milliseconds; never goes back. */
  now?: () => number
}

export const heartbeatMs = 5_000
/** A replica that was not heard of for so long is gone. */
export const goneAfterMs = 3 * heartbeatMs
const tryAgainMs = 500
const tryForbiddenAgainMs = 30_000
const lastWordMs = 1_000

/**
 * Counts the replicas: each says every five seconds that it lives, and when it stops. What is heard is timed by the reader's own
 * clock, and measured from when it last heard of itself: while Kafka is away nobody is heard, and the last count stays.
 */
export class Replicas implements AsyncDisposable {
  readonly id = randomUUID()
  readonly #log: StateLog
  readonly #logger: Logger
  readonly #now: () => number
  readonly #heardOf = new Map<string, number>()
  readonly #startedAt = new Date().toISOString()
  #heardOfSelfAt: number | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosing = false
  #beating = Promise.resolve()
  #live = 1

  constructor({ openLog, log, now }: ReplicasParts) {
    this.#now = now ?? (() => performance.now())
    this.#logger = log
    this.#log = openLog((key, value) => this.#take(key, value))
  }

  /** This one included. */
  get live(): number {
    return this.#live
  }

  /** Returns at once, and tries until it can. */
  begin(): void {
    this.#beating = this.#beat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#timer)
    await this.#beating
    if (this.#heardOfSelfAt !== undefined) await this.#say({ isStopped: true }, Date.now() + lastWordMs).catch(() => {})
  }

  async #beat(): Promise<void> {
    const deadline = Date.now() + heartbeatMs
    const pauseMs = await this.#say({}, deadline).then(
      (offset) => {
        // Where it does not come back the log may be another one by now: the next `open` looks.
        if (offset !== undefined) void this.#log.readBack(offset, deadline)
        return heartbeatMs
      },
      ({ code }: GatewayError) => (code === 'state-unavailable' ? tryForbiddenAgainMs : tryAgainMs),
    )
    if (!this.#isClosing) this.#timer = setTimeout(() => this.begin(), pauseMs).unref()
  }

  async #say(more: object, deadline: number): Promise<number | undefined> {
    const value = JSON.stringify({ startedAt: this.#startedAt, at: new Date().toISOString(), ...more })
    await this.#log.open(deadline)
    const appended = await this.#log.append(this.id, value, deadline)
    return appended.status === 'written' ? appended.offset : undefined
  }

  #take(id: string, value: string): void {
    const now = this.#now()
    if (id === this.id) this.#heardOfSelf(now)
    else if (isStopped(value)) this.#heardOf.delete(id)
    else this.#heardOf.set(id, now)
    this.#count()
  }

  #heardOfSelf(now: number): void {
    const silentMs = now - (this.#heardOfSelfAt ?? now)
    this.#heardOfSelfAt = now
    for (const [id, at] of this.#heardOf) {
      // What Kafka did not carry is held against nobody.
      if (silentMs > 2 * heartbeatMs) this.#heardOf.set(id, at + silentMs)
      else if (now - at > goneAfterMs) this.#heardOf.delete(id)
    }
  }

  #count(): void {
    const live = this.#heardOf.size + 1
    if (live === this.#live) return
    this.#live = live
    this.#logger.info({ replicas: live }, 'The number of replicas has changed')
  }
}

function isStopped(value: string): boolean {
  try {
    return (JSON.parse(value) as { isStopped?: unknown } | null)?.isStopped === true
  } catch {
    return false
  }
}
