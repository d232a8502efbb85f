import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { GatewayError } from '../../errors/gateway-error.ts'
import { AddressList } from '../../network/address-list.ts'
import { AccessRefused } from '../access-refused.ts'
import { invalidToken } from '../challenge.ts'
import type { KeyPrincipal } from '../principal.ts'
import { parseScopes } from '../scope.ts'
import { currentSecret, type StoredApiKey } from './api-key.ts'
import type { ApiKeyHasher } from './api-key-hasher.ts'
import type { ApiKeyStore } from './api-key-store.ts'
import { type ApiKeyText, parseApiKeyText } from './api-key-text.ts'

export interface ApiKeyParts {
  store: Pick<ApiKeyStore, 'isRead' | 'whenRead' | 'find' | 'isRevoked' | 'lastUsedAt' | 'noteUse'>
  hasher: Pick<ApiKeyHasher, 'matches'>
  now?: () => number
}

/** What is made of a key once, and is good for as long as the store has this very object. */
interface Prepared {
  stored: StoredApiKey
  addresses: AddressList | undefined
  principals: Map<string, KeyPrincipal>
}

const mostRemembered = 10_000
const useNotedMs = 3_600_000
// The last time that a Date can have: Infinity would not survive in the JSON of a ticket.
const never = 8_640_000_000_000_000

const foreign = 'it is not one of this gateway, or was replaced'

/** Turns API keys into principals. */
export class ApiKeys {
  readonly #parts: ApiKeyParts
  readonly #now: () => number
  readonly #prepared = new LRUCache<string, Prepared>({ max: mostRemembered })
  /** Texts that were found right, by their hashes. Whether the key is still good is asked each time. */
  readonly #right = new LRUCache<string, ApiKeyText & { secretHash: string }>({ max: mostRemembered })

  constructor(parts: ApiKeyParts) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
  }

  /** Throws, or rejects with, a GatewayError. No promise once the keys have been read. */
  verify(text: string, address: string | undefined): KeyPrincipal | Promise<KeyPrincipal> {
    const { store } = this.#parts
    if (store.isRead) return this.#verify(text, address)
    return store.whenRead().then(() => this.#verify(text, address))
  }

  /** Whether the key, and the secret of it that was shown, are still good. */
  isTrusted({ apiKey, label }: Pick<KeyPrincipal, 'apiKey' | 'label'>): boolean {
    const stored = this.#parts.store.find(apiKey)
    return stored !== undefined && this.#faultOf(stored, label) === undefined
  }

  #verify(text: string, address: string | undefined): KeyPrincipal {
    const textHash = hash('sha256', text, 'base64')
    const remembered = this.#right.get(textHash)
    const parsed = remembered ?? parseApiKeyText(text)
    if (!parsed) throw keyInvalid('it is mistyped or cut')
    const { id, label } = parsed
    const stored = this.#parts.store.find(id)
    const secret = stored?.secrets.find((each) => each.label === label)
    const fault = stored && this.#faultOf(stored, label)
    const isKnown = remembered !== undefined && remembered.secretHash === secret?.hash && fault === undefined
    // Unknown, revoked, expired and wrong keys all come this way: one look-up, one HMAC, one comparison.
    if (!isKnown && !this.#parts.hasher.matches(text, secret)) throw keyInvalid(foreign)
    if (!stored || !secret) throw keyInvalid(foreign)
    const prepared = this.#prepare(stored)
    if (fault !== undefined) throw keyInvalid(fault, principalFor(prepared, label))
    if (!isKnown) this.#right.set(textHash, { ...parsed, secretHash: secret.hash })
    const principal = principalFor(prepared, label)
    if (prepared.addresses && !prepared.addresses.has(address)) throw addressNotAllowed(principal)
    this.#noteUse(id)
    return principal
  }

  /** Why a key that is right is not good. */
  #faultOf(stored: StoredApiKey, label: string): string | undefined {
    const now = this.#now()
    if (this.#parts.store.isRevoked(stored.id)) return 'it is revoked'
    if (stored.expiresAt !== null && now >= stored.expiresAt) return 'it has expired'
    return currentSecret(stored, label, now) ? undefined : 'it was replaced by a newer one'
  }

  #prepare(stored: StoredApiKey): Prepared {
    const known = this.#prepared.get(stored.id)
    if (known?.stored === stored) return known
    const addresses = stored.addresses ? new AddressList(stored.addresses) : undefined
    const prepared = { stored, addresses, principals: new Map() }
    this.#prepared.set(stored.id, prepared)
    return prepared
  }

  #noteUse(id: string): void {
    const now = this.#now()
    const { store } = this.#parts
    if (now - store.lastUsedAt(id) >= useNotedMs) store.noteUse(id, now)
  }
}

function principalFor({ stored, principals }: Prepared, label: string): KeyPrincipal {
  const known = principals.get(label)
  if (known) return known
  const secret = stored.secrets.find((each) => each.label === label)
  const principal = {
    id: `key:${stored.id}`,
    scopes: parseScopes(stored.scopes),
    expiresAt: Math.min(stored.expiresAt ?? never, secret?.expiresAt ?? never),
    apiKey: stored.id,
    label,
    quotaClass: stored.quotaClass,
  }
  principals.set(label, principal)
  return principal
}

/** @param holder of a key that is right, and not good any more */
function keyInvalid(reason: string, holder?: KeyPrincipal): GatewayError {
  const headers = { 'WWW-Authenticate': invalidToken(`the API key was not accepted: ${reason}`) }
  return new AccessRefused('key-invalid', `The API key was not accepted: ${reason}.`, { headers }, { holder })
}

function addressNotAllowed(holder: KeyPrincipal): GatewayError {
  const detail = 'The API key is limited to other addresses than this one.'
  return new AccessRefused('address-not-allowed', detail, {}, { holder })
}
