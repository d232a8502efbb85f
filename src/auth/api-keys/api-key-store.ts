import type { z } from 'zod'
import type { Logger } from '../../observability/logger.ts'
import { FollowedLog } from '../../state/followed-log.ts'
import type { NotAppended, WholeStateLog } from '../../state/state-log.ts'
import { type ApiKey, apiKeySchema, revocationSchema, type StoredApiKey, useSchema } from './api-key.ts'

export interface ApiKeyStoreParts {
  openLog: (take: (key: string, value: string) => void) => WholeStateLog
  waitMs: number
  log: Logger
}

const notChanged: NotAppended = {
  failed: (reason) => `Kafka did not take it: ${reason}. Nothing was changed.`,
  unknown: 'Kafka has not said in time whether it was changed. Look at the keys before you try again.',
}

/**
 * The API keys, as this replica has read them. What happens to a key has records of its own, so that none of them undoes
 * another that was written at the same time: `key/ID`, `revoked/ID`, which nothing takes back, and `used/ID`.
 */
export class ApiKeyStore implements Disposable {
  readonly #log: FollowedLog
  readonly #logger: Logger
  readonly #keys = new Map<string, StoredApiKey>()
  readonly #revokedAt = new Map<string, number>()
  readonly #usedAt = new Map<string, number>()

  constructor({ openLog, waitMs, log }: ApiKeyStoreParts) {
    const opened = openLog((key, value) => this.#take(key, value))
    this.#log = new FollowedLog({ log: opened, holding: 'The API keys', waitMs, logger: log })
    this.#logger = log
  }

  /** False while a key that is not here may be one all the same, or be revoked. */
  get isRead(): boolean {
    return this.#log.isRead
  }

  /** Reads, and tries again until it can: what is asked for meanwhile is answered by {@link whenRead}. */
  follow(): void {
    this.#log.follow()
  }

  /** Rejects with a GatewayError (503) where the keys cannot be read now. */
  whenRead(): Promise<void> {
    return this.#log.whenRead()
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
    this.#log.note(`used/${id}`, JSON.stringify({ at }))
  }

  [Symbol.dispose](): void {
    this.#log[Symbol.dispose]()
  }

  /** Resolves when it holds on this replica: it has been read back. */
  #write(key: string, value: unknown): Promise<void> {
    return this.#log.write({ key, value: JSON.stringify(value) }, notChanged)
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
