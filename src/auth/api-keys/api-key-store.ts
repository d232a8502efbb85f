import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { GatewayError } from '../../errors/gateway-error.ts'
import type { Logger } from '../../observability/logger.ts'
import { appendAndReadBack, logUnavailable, type NotAppended, type WholeStateLog } from '../../state/state-log.ts'
import { type ApiKey, apiKeySchema, revocationSchema, type StoredApiKey, useSchema } from './api-key.ts'

export interface ApiKeyStoreParts {
  openLog: (take: (key: string, value: string) => void) => WholeStateLog
  waitMs: number
  log: Logger
}

const tryAgainMs = 1_000
const tryForbiddenAgainMs = 30_000
const notChanged: NotAppended = {
  failed: (reason) => `Kafka did not take it: ${reason}. Nothing was changed.`,
  unknown: 'Kafka has not said in time whether it was changed. Look at the keys before you try again.',
}

/**
 * The API keys, as this replica has read them. What happens to a key has records of its own, so that none of them undoes
 * another that was written at the same time: `key/ID`, `revoked/ID`, which nothing takes back, and `used/ID`.
 */
export class ApiKeyStore implements Disposable {
  readonly #log: WholeStateLog
  readonly #waitMs: number
  readonly #logger: Logger
  readonly #keys = new Map<string, StoredApiKey>()
  readonly #revokedAt = new Map<string, number>()
  readonly #usedAt = new Map<string, number>()
  readonly #closing = new AbortController()
  #isRead = false
  #reading: Promise<void> | undefined

  constructor({ openLog, waitMs, log }: ApiKeyStoreParts) {
    this.#log = openLog((key, value) => this.#take(key, value))
    this.#waitMs = waitMs
    this.#logger = log
  }

  /** False while a key that is not here may be one all the same, or be revoked. */
  get isRead(): boolean {
    return this.#isRead
  }

  /** Reads, and tries again until it can: what is asked for meanwhile is answered by {@link whenRead}. */
  follow(): void {
    this.#followUntilRead().catch((error) => {
      if (!this.#closing.signal.aborted) this.#logger.error({ err: error }, 'The API keys are not followed')
    })
  }

  /** Rejects with a GatewayError (503) where the keys cannot be read now. */
  whenRead(): Promise<void> {
    if (this.#isRead) return Promise.resolve()
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  find(id: string): StoredApiKey | undefined {
    return this.#keys.get(id)
  }

  isRevoked(id: string): boolean {
    return this.#revokedAt.has(id)
  }

  lastUsedAt(id: string): number {
    return this.#usedAt.get(id) ?? 0
  }

  describe(id: string): ApiKey | undefined {
    const stored = this.#keys.get(id)
    return stored && { ...stored, revokedAt: this.#revokedAt.get(id) ?? null, lastUsedAt: this.#usedAt.get(id) ?? null }
  }

  list(): ApiKey[] {
    return [...this.#keys.keys()]
      .flatMap((id) => this.describe(id) ?? [])
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
  }

  put(key: StoredApiKey): Promise<void> {
    return this.#write(`key/${key.id}`, key)
  }

  revoke(id: string, revocation: z.infer<typeof revocationSchema>): Promise<void> {
    return this.#write(`revoked/${id}`, revocation)
  }

  /** In passing: where it cannot be written it is not. */
  noteUse(id: string, at: number): void {
    this.#usedAt.set(id, at)
    this.#log.append(`used/${id}`, JSON.stringify({ at }), Date.now() + this.#waitMs).catch(() => {})
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
    const deadline = Date.now() + this.#waitMs
    await this.#log.open(deadline)
    if (!(await this.#log.readWhole(deadline))) throw logUnavailable('The API keys could not be read in time.')
    this.#isRead = true
  }

  /** Resolves when it holds on this replica: it has been read back. */
  async #write(key: string, value: unknown): Promise<void> {
    const deadline = Date.now() + this.#waitMs
    await this.#log.open(deadline)
    await appendAndReadBack(this.#log, { key, value: JSON.stringify(value), deadline }, notChanged)
  }

  #take(name: string, value: string): void {
    const [kind = '', id = ''] = name.split('/')
    try {
      const record: unknown = JSON.parse(value)
      if (kind === 'key') this.#keys.set(id, apiKeySchema.parse(record))
      else if (kind === 'revoked') this.#revokedAt.set(id, revocationSchema.parse(record).at)
      else if (kind === 'used') this.#usedAt.set(id, useSchema.parse(record).at)
    } catch {
      // What is not understood gives nothing; of a revocation the name is enough.
      if (kind === 'revoked') this.#revokedAt.set(id, 0)
      if (kind === 'key') this.#keys.delete(id)
      this.#logger.warn({ record: `${kind}/${id}` }, 'A record of the API keys cannot be understood')
    }
  }
}
