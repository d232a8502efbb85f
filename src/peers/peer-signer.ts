import { hash, randomBytes } from 'node:crypto'
import { derivedKey } from '../signing/derived-key.ts'
import { SealedText } from '../signing/sealed-text.ts'

/** What a request between replicas is signed with. All of it, and nothing else, makes it good. */
export interface RequestClaims {
  /** Milliseconds since 1970, by the sender's clock. */
  time: number
  nonce: string
  /** The instance that it is for. */
  to: string
  path: string
  /** SHA-256, base64url. */
  body: string
}

const macBytes = 32
const nonceBytes = 16

/** Signs requests between replicas and their answers. The first secret signs, all verify. */
export class PeerSigner {
  readonly #requests: SealedText
  readonly #answers: SealedText
  readonly #now: () => number

  constructor(secrets: readonly string[], now: () => number = Date.now) {
    this.#requests = sealedWith(secrets, 'headgate peer request')
    this.#answers = sealedWith(secrets, 'headgate peer answer')
    this.#now = now
  }

  signRequest(to: string, path: string, body: Buffer): { text: string; nonce: string } {
    const nonce = randomBytes(nonceBytes).toString('base64url')
    const claims: RequestClaims = { time: this.#now(), nonce, to, path, body: hashOf(body) }
    return { text: this.#requests.seal(Buffer.from(JSON.stringify(claims))), nonce }
  }

  /** Undefined for text that no secret signed. */
  verifyRequest(text: string): RequestClaims | undefined {
    const payload = this.#requests.open(text)
    return payload && (JSON.parse(payload.toString()) as RequestClaims)
  }

  signAnswer(nonce: string, status: number, body: Buffer): string {
    return this.#answers.seal(answerPayload(nonce, status, body))
  }

  isAnswer(text: string, nonce: string, status: number, body: Buffer): boolean {
    return this.#answers.open(text)?.equals(answerPayload(nonce, status, body)) ?? false
  }
}

export const hashOf = (body: Buffer): string => hash('sha256', body, 'base64url')

const answerPayload = (nonce: string, status: number, body: Buffer): Buffer =>
  Buffer.from(JSON.stringify([nonce, status, hashOf(body)]))

const sealedWith = (secrets: readonly string[], label: string): SealedText =>
  new SealedText(
    secrets.map((secret) => derivedKey(secret, label)),
    macBytes,
  )
