import { GatewayError } from '../../errors/gateway-error.ts'
import type { Audit, AuditedRequest } from '../../observability/audit.ts'
import type { Logger } from '../../observability/logger.ts'
import type { Principal } from '../principal.ts'
import { type ApiKey, type StoredApiKey, type StoredSecret, statusOf } from './api-key.ts'
import type { ApiKeyHasher } from './api-key-hasher.ts'
import type { ApiKeyStore } from './api-key-store.ts'
import { type ApiKeyText, newApiKeyId, newApiKeyText } from './api-key-text.ts'

export interface ApiKeyAdministrationParts {
  store: Pick<ApiKeyStore, 'whenRead' | 'describe' | 'list' | 'put' | 'revoke'>
  hasher: Pick<ApiKeyHasher, 'hash'>
  audit: Audit
  log: Logger
  now?: () => number
}

export type WantedApiKey = Pick<
  StoredApiKey,
  'description' | 'owner' | 'scopes' | 'addresses' | 'quotaClass' | 'expiresAt'
>

/** Who changes something, by which request. */
export interface Asker {
  principal: Principal
  request: AuditedRequest
}

/** A key as it is shown once. */
export interface ShownApiKey {
  text: string
  apiKey: ApiKey
}

/** What is done to API keys. Every change holds on this replica when it is answered, and on the others as they read it. */
export class ApiKeyAdministration {
  readonly #parts: ApiKeyAdministrationParts
  readonly #now: () => number

  constructor(parts: ApiKeyAdministrationParts) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
  }

  async list(): Promise<ApiKey[]> {
    await this.#parts.store.whenRead()
    return this.#parts.store.list()
  }

  /** Rejects with `key-not-found`. */
  async get(id: string): Promise<ApiKey> {
    await this.#parts.store.whenRead()
    const found = this.#parts.store.describe(id)
    if (!found) throw new GatewayError('key-not-found', 'There is no API key with this id.')
    return found
  }

  async create(wanted: WantedApiKey, { principal, request }: Asker): Promise<ShownApiKey> {
    await this.#parts.store.whenRead()
    const id = newApiKeyId()
    const shown = newApiKeyText(id)
    const createdAt = this.#now()
    const secrets = [this.#secretOf(shown)]
    const key = { id, ...wanted, createdAt, createdBy: principal.id, rotatedAt: null, secrets }
    const { description: _description, ...given } = wanted
    const details = { ...given, expiresAt: wanted.expiresAt === null ? null : new Date(wanted.expiresAt).toISOString() }
    const change = { event: 'api-key-created', resource: resourceOf(id), details } as const
    await this.#parts.audit.change(request, change, () => this.#parts.store.put(key))
    this.#parts.log.info({ apiKey: id, by: principal.id, scopes: wanted.scopes }, 'An API key was created')
    return { text: shown.text, apiKey: await this.get(id) }
  }

  /** Rejects with `key-ended` for a key that is no longer good. */
  async rotate(apiKey: ApiKey, overlapMs: number, { principal, request }: Asker): Promise<ShownApiKey> {
    const now = this.#now()
    if (statusOf(apiKey, now) !== 'active') throw new GatewayError('key-ended', 'The key is revoked or has expired.')
    const { revokedAt: _revokedAt, lastUsedAt: _lastUsedAt, ...stored } = apiKey
    const shown = newApiKeyText(apiKey.id)
    const previous = stored.secrets.slice(0, 1).map((secret) => ({ ...secret, expiresAt: now + overlapMs }))
    const secrets = [this.#secretOf(shown), ...(overlapMs > 0 ? previous : [])]
    const change = { event: 'api-key-rotated', resource: resourceOf(apiKey.id), details: { overlapMs } } as const
    const rotated = { ...stored, rotatedAt: now, secrets }
    await this.#parts.audit.change(request, change, () => this.#parts.store.put(rotated))
    this.#parts.log.info({ apiKey: apiKey.id, by: principal.id, overlapMs }, 'An API key was rotated')
    return { text: shown.text, apiKey: await this.get(apiKey.id) }
  }

  async revoke(id: string, { principal, request }: Asker): Promise<ApiKey> {
    const found = await this.get(id)
    if (found.revokedAt !== null) return found
    const change = { event: 'api-key-revoked', resource: resourceOf(id) } as const
    const revocation = { at: this.#now(), by: principal.id }
    await this.#parts.audit.change(request, change, () => this.#parts.store.revoke(id, revocation))
    this.#parts.log.info({ apiKey: id, by: principal.id }, 'An API key was revoked')
    return this.get(id)
  }

  #secretOf({ text, label }: ApiKeyText): StoredSecret {
    return { label, ...this.#parts.hasher.hash(text), expiresAt: null }
  }
}

const resourceOf = (id: string) => ({ kind: 'api-key', name: id }) as const
