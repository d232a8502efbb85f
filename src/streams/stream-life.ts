import type { Config } from '../config/config.ts'
import type { StreamReader } from './stream-reader.ts'

/** On whose word a stream is open. */
export interface StreamCredentials {
  /** Milliseconds since 1970. */
  expiresAt: number
  /** False once they were withdrawn before their time. */
  areTrusted: () => boolean
}

const challengeMs = 30_000

/** What time does to a stream: heartbeats, credentials, age. */
export class StreamLife {
  readonly reader: StreamReader
  readonly #settings: Config['stream']
  readonly #endsAt: number
  #credentials: StreamCredentials
  #isChallenged = false

  constructor(reader: StreamReader, credentials: StreamCredentials, settings: Config['stream'], now: number) {
    this.reader = reader
    this.#credentials = credentials
    this.#settings = settings
    this.#endsAt = now + settings.maximumAgeMs * (1 - Math.random() / 10)
  }

  renew(credentials: StreamCredentials): void {
    this.#credentials = credentials
    this.#isChallenged = false
  }

  tick(now: number): void {
    const { reader } = this
    const { heartbeatMs, closingMs } = this.#settings
    const { expiresAt, areTrusted } = this.#credentials
    if (reader.closingAt > 0) {
      if (now - reader.closingAt >= closingMs) reader.cut()
    } else if (now >= expiresAt || !areTrusted()) {
      const why = now >= expiresAt ? 'have expired' : 'were withdrawn'
      reader.end(
        'token-invalid',
        `The credentials of the stream ${why}. Open it again, with new ones, and this cursor.`,
      )
    } else if (now >= this.#endsAt) {
      reader.end('stream-age-reached', 'Streams are closed after some time. Open it again with this cursor.')
    } else if (now >= expiresAt - challengeMs && !this.#isChallenged) this.#challenge(expiresAt)
    else if (now - reader.writtenAt >= heartbeatMs) reader.say()
  }

  #challenge(expiresAt: number): void {
    this.#isChallenged = this.reader.say('challenge', {
      code: 'token-invalid',
      detail: 'The credentials of the stream expire soon.',
      expiresAt: new Date(expiresAt).toISOString(),
    })
  }
}
