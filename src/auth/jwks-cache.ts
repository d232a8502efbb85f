import { type CryptoKey, createLocalJWKSet, errors, type JWTHeaderParameters } from 'jose'
import type { PartHealth } from '../observability/part-health.ts'
import { type Fetch, fetchKeys, type IssuerAddress } from './issuer-client.ts'
import { thumbprintOfJwk } from './key-thumbprint.ts'
import { KeysUnavailableError } from './token-error.ts'
import type { KeySource } from './trusted-issuer.ts'

const retryMs = 1_000
const lookMs = 5_000

export interface JwksCacheOptions extends IssuerAddress {
  jwksTtlMs: number
  jwksCooldownMs: number
}

export interface JwksCacheParts {
  health: PartHealth
  fetch?: Fetch
  now?: () => number
}

interface KeySet {
  revision: number
  text: string
  find: ReturnType<typeof createLocalJWKSet>
  thumbprints: ReadonlySet<string | undefined>
}

/**
 * The issuer's keys. Fetched again when their time is over, and used for as long as the issuer cannot be reached. A key
 * that is not known makes one fetch at most in the cooldown.
 */
export class JwksCache implements KeySource, Disposable {
  readonly #options: JwksCacheOptions
  readonly #health: PartHealth
  readonly #fetch: Fetch
  readonly #now: () => number
  #timer: NodeJS.Timeout | undefined
  #keys: KeySet | undefined
  #staleAt = Number.NEGATIVE_INFINITY
  #retryAt = Number.NEGATIVE_INFINITY
  #nextUnknownAt = Number.NEGATIVE_INFINITY
  #failure: Error | undefined
  #fetching: Promise<void> | undefined

  private constructor(options: JwksCacheOptions, { health, fetch = globalThis.fetch, now = Date.now }: JwksCacheParts) {
    this.#options = options
    this.#health = health
    this.#fetch = fetch
    this.#now = now
  }

  /** Starts to fetch, and waits for nothing: a gateway starts without its issuer. */
  static open(options: JwksCacheOptions, parts: JwksCacheParts): JwksCache {
    const cache = new JwksCache(options, parts)
    cache.freshen()
    cache.#timer = setInterval(() => cache.freshen(), lookMs).unref()
    return cache
  }

  get revision(): number {
    return this.#keys?.revision ?? 0
  }

  holds(thumbprint: string): boolean {
    return this.#keys?.thumbprints.has(thumbprint) ?? true
  }

  freshen(): void {
    if (this.#now() >= this.#staleAt && this.#now() >= this.#retryAt) void this.#refresh()
  }

  async keyFor(header: JWTHeaderParameters): Promise<{ key: CryptoKey; revision: number }> {
    this.freshen()
    if (!this.#keys) await this.#fetching
    try {
      return await this.#find(header)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (this.#now() >= this.#nextUnknownAt) {
        this.#nextUnknownAt = this.#now() + this.#options.jwksCooldownMs
        await this.#refresh()
      }
      // Whether the issuer has this key is not known while it cannot be asked.
      if (this.#failure) throw new KeysUnavailableError(this.#failure)
      return await this.#find(header)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #find(header: JWTHeaderParameters): Promise<{ key: CryptoKey; revision: number }> {
    if (!this.#keys) throw new KeysUnavailableError(this.#failure)
    const { find, revision } = this.#keys
    return { key: await find(header), revision }
  }

  /** Never rejects; one at a time. */
  #refresh(): Promise<void> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #load(): Promise<void> {
    try {
      const set = await fetchKeys(this.#options, this.#fetch)
      const find = createLocalJWKSet(set)
      const text = JSON.stringify(set)
      if (text !== this.#keys?.text) {
        this.#keys = { revision: this.revision + 1, text, find, thumbprints: new Set(set.keys.map(thumbprintOfJwk)) }
      }
      this.#failure = undefined
      this.#staleAt = this.#now() + this.#options.jwksTtlMs
      this.#health.up()
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
      this.#retryAt = this.#now() + retryMs
      this.#health.down(`the keys of ${this.#options.issuer} cannot be fetched: ${reasonOf(this.#failure)}`)
    }
  }
}

// fetch says only "fetch failed"; what failed is its cause.
const reasonOf = (failure: Error): string => (failure.cause instanceof Error ? failure.cause.message : failure.message)
