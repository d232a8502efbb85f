import { createHmac, createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { derivedKey } from '../../signing/derived-key.ts'
import type { StoredSecret } from './api-key.ts'

const label = 'headgate api key'
const hashBytes = 32

interface Pepper {
  id: string
  key: KeyObject
}

type Hashed = Pick<StoredSecret, 'pepper' | 'hash'>

/** What is kept of a key. The first pepper makes hashes, all judge: without them what the topic has is worth nothing. */
export class ApiKeyHasher {
  readonly #peppers: readonly Pepper[]
  readonly #first: Pepper
  // What a key is compared with that has no secret here. Nothing hashes to it.
  readonly #none = randomBytes(hashBytes)

  constructor(secrets: readonly string[]) {
    this.#peppers = secrets.map((secret) => {
      const key = derivedKey(secret, label)
      return { id: hash('sha256', key, 'base64url').slice(0, 8), key: createSecretKey(key) }
    })
    const [first] = this.#peppers
    if (!first) throw new Error('there is no pepper to hash keys with')
    this.#first = first
  }

  hash(text: string): Hashed {
    return { pepper: this.#first.id, hash: digest(this.#first, text).toString('base64url') }
  }

  /** One HMAC and one comparison, whatever there is to compare with. */
  matches(text: string, stored: Hashed | undefined): boolean {
    const pepper = this.#peppers.find(({ id }) => id === stored?.pepper)
    const expected = pepper && stored ? Buffer.from(stored.hash, 'base64url') : this.#none
    const isSound = expected.length === hashBytes
    return timingSafeEqual(digest(pepper ?? this.#first, text), isSound ? expected : this.#none)
  }
}

const digest = ({ key }: Pepper, text: string): Buffer => createHmac('sha256', key).update(text).digest()
