import type { SecureContextOptions } from 'node:tls'
import type { Logger } from '../observability/logger.ts'
import type { PartState, ReportedPart } from '../observability/part-health.ts'
import { isSamePair, type KeyPair, KeyPairError, keyPairOf, readKeyPair, type TlsSettings } from './key-pair.ts'

interface ServedCertificateParts {
  tls: TlsSettings
  passphrase: string | undefined
  log: Logger
  now?: () => number
}

const dayMs = 86_400_000

/**
 * The certificate that the listener shows. Its files are read again and again: what is new there is shown to new connections
 * from then on, if it is good; if not, the one in use stays, and this part is down until the files are right.
 */
export class ServedCertificate implements ReportedPart, Disposable {
  readonly part = 'certificate'
  readonly wasUp = true
  readonly #parts: ServedCertificateParts
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #inUse: KeyPair
  #state: PartState
  #onRenewal: (options: SecureContextOptions) => void = () => {}
  #isLooking = false
  #warnedAt = Number.NEGATIVE_INFINITY

  private constructor(parts: ServedCertificateParts, pair: KeyPair) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
    this.#inUse = pair
    this.#state = { state: 'up', since: new Date(this.#now()).toISOString() }
    this.#timer = setInterval(() => void this.#look(), parts.tls.reloadMs).unref()
    this.#judgeTime()
  }

  /** Rejects with a KeyPairError. One that has expired is shown all the same: clients decide, and a restart makes nothing worse. */
  static async load(parts: ServedCertificateParts): Promise<ServedCertificate> {
    const files = await readKeyPair(parts.tls)
    return new ServedCertificate(parts, keyPairOf(files, parts.tls, parts.passphrase))
  }

  get options(): SecureContextOptions {
    return this.#inUse.options
  }

  get notAfterMs(): number {
    return this.#inUse.notAfterMs
  }

  get current(): PartState {
    return this.#state
  }

  /** Calls with what is to be shown from then on. */
  follow(onRenewal: (options: SecureContextOptions) => void): void {
    this.#onRenewal = onRenewal
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#takeFiles()
      this.#judgeTime()
    } catch (error) {
      this.#down(`${this.#settingOf(error)}: ${(error as Error).message}; the certificate in use stays`)
    } finally {
      this.#isLooking = false
    }
  }

  async #takeFiles(): Promise<void> {
    const { tls, passphrase, log } = this.#parts
    const files = await readKeyPair(tls)
    if (isSamePair(files, this.#inUse.files)) return
    const pair = keyPairOf(files, tls, passphrase)
    const fault = timeFault(pair, this.#now())
    if (fault !== undefined) throw new KeyPairError('http.tls.certFile', fault)
    this.#onRenewal(pair.options)
    this.#inUse = pair
    this.#warnedAt = Number.NEGATIVE_INFINITY
    log.info(pair.description, 'A new certificate is in use')
  }

  #judgeTime(): void {
    const now = this.#now()
    const fault = timeFault(this.#inUse, now)
    if (fault !== undefined) this.#down(`http.tls.certFile: ${fault}`)
    else this.#up()
    const days = (this.#inUse.notAfterMs - now) / dayMs
    if (fault !== undefined || days >= this.#parts.tls.expiryWarningDays || now - this.#warnedAt < dayMs) return
    this.#warnedAt = now
    this.#parts.log.warn({ ...this.#inUse.description, days: Math.floor(days) }, 'The certificate expires soon')
  }

  #up(): void {
    if (this.#state.state === 'up') return
    this.#state = { state: 'up', since: new Date(this.#now()).toISOString() }
    this.#parts.log.info(this.#inUse.description, 'The certificate is right')
  }

  #down(cause: string): void {
    if (this.#state.cause === cause) return
    const since = this.#state.state === 'down' ? this.#state.since : new Date(this.#now()).toISOString()
    this.#state = { state: 'down', since, cause }
    this.#parts.log.error({ part: this.part, cause }, 'The certificate is not right')
  }

  #settingOf(error: unknown): string {
    return error instanceof KeyPairError ? error.setting : 'http.tls'
  }
}

function timeFault({ notBeforeMs, notAfterMs }: KeyPair, now: number): string | undefined {
  if (now > notAfterMs) return `the certificate expired at ${new Date(notAfterMs).toISOString()}`
  if (now < notBeforeMs) return `the certificate is not valid before ${new Date(notBeforeMs).toISOString()}`
  return undefined
}
