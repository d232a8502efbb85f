import { setTimeout as delay } from 'node:timers/promises'
import type { GatewayError } from '../errors/gateway-error.ts'
import type { Logger } from '../observability/logger.ts'
import { appendAndReadBack, logUnavailable, type NotAppended, type WholeStateLog } from './state-log.ts'

export interface FollowedLogParts {
  log: WholeStateLog
  /** What it holds, as messages say it: `The API keys`. */
  holding: string
  waitMs: number
  logger: Logger
  onRead?: () => void
  /** It cannot be read now. */
  onFailed?: (error: GatewayError) => void
}

const tryAgainMs = 250
const tryForbiddenAgainMs = 30_000

/** A log that this replica reads whole, once, and follows from then on. What it is given goes to whoever opened the log. */
export class FollowedLog implements Disposable {
  readonly #parts: FollowedLogParts
  readonly #closing = new AbortController()
  #isRead = false
  #reading: Promise<void> | undefined

  constructor(parts: FollowedLogParts) {
    this.#parts = parts
  }

  get isRead(): boolean {
    return this.#isRead
  }

  /** Reads, and tries again until it can: what is asked for meanwhile is answered by {@link whenRead}. */
  follow(): void {
    this.#followUntilRead().catch((error) => {
      const { holding, logger } = this.#parts
      if (!this.#closing.signal.aborted) logger.error({ err: error }, `${holding} are not followed`)
    })
  }

  /** Rejects with a GatewayError (503) where it cannot be read now. */
  whenRead(): Promise<void> {
    if (this.#isRead) return Promise.resolve()
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Resolves when it holds on this replica: it has been read back. */
  async write(record: { key: string; value: string | null }, notAppended: NotAppended): Promise<void> {
    const deadline = Date.now() + this.#parts.waitMs
    await this.#parts.log.open(deadline)
    await appendAndReadBack(this.#parts.log, { ...record, deadline }, notAppended)
  }

  /** In passing: where it cannot be written it is not. */
  note(key: string, value: string | null): void {
    this.#parts.log.append(key, value, Date.now() + this.#parts.waitMs).catch(() => {})
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
  }

  async #followUntilRead(): Promise<void> {
    const { signal } = this.#closing
    while (!this.#isRead && !signal.aborted) {
      const pause = await this.whenRead().then(
        () => 0,
        (error: GatewayError) => (error.code === 'state-unavailable' ? tryForbiddenAgainMs : tryAgainMs),
      )
      if (pause > 0) await delay(pause, undefined, { signal, ref: false })
    }
  }

  async #read(): Promise<void> {
    const { log, holding, waitMs, onRead, onFailed } = this.#parts
    const deadline = Date.now() + waitMs
    try {
      await log.open(deadline)
      if (!(await log.readWhole(deadline))) throw logUnavailable(`${holding} could not be read in time.`)
    } catch (error) {
      onFailed?.(error as GatewayError)
      throw error
    }
    this.#isRead = true
    onRead?.()
  }
}
