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
  readonly #closingMs: number
  readonly #endsAt: number
  /** Not the same for all: readers who were last written to together would all be due together. */
  readonly #heartbeatMs: number
  #credentials: StreamCredentials
  #isChallenged = false

  constructor(reader: StreamReader, credentials: StreamCredentials, settings: Config['stream'], now: number) {
    this.reader = reader
    this.#credentials = credentials
    this.#closingMs = settings.closingMs
    this.#endsAt = now + settings.maximumAgeMs * (1 - Math.random() / 10)
    this.#heartbeatMs = settings.heartbeatMs * (1 - Math.random() / 5)
  }

  renew(credentials: StreamCredentials): void {
    this.#credentials = credentials
    this.#isChallenged = false
  }

  tick(now: number): void {
    const { reader } = this
    const { expiresAt, areTrusted } = this.#credentials
    if (reader.closingAt > 0) {
      if (now - reader.closingAt >= this.#closingMs) reader.cut()
    } else if (now >= expiresAt || !areTrusted()) {
      const why = now >= expiresAt ? 'have expired' : 'were withdrawn'
      reader.end(
        'token-invalid',
        `The credentials of the stream ${why}. Open it again, with new ones, and this cursor.`,
      )
    } else if (now >= this.#endsAt) {
      reader.end('stream-age-reached', 'Streams are closed after some time. Open it again with this cursor.')
    } else if (now >= expiresAt - challengeMs && !this.#isChallenged) this.#challenge(expiresAt)
    else if (now - reader.writtenAt >= this.#heartbeatMs) reader.say()
  }

  #challenge(expiresAt: number): void {
    this.#isChallenged = this.reader.say('challenge', {
      code: 'token-invalid',
      detail: 'The credentials of the stream expire soon.',
      expiresAt: new Date(expiresAt).toISOString(),
    })
  }
}
