import type { Config } from '../config/config.ts'
import { withoutCredentials } from '../errors/credentials.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { formatTime } from '../json/time.ts'
import type { Audit, AuditedChange, AuditedRefusal, AuditedRequest, AuditRecord, ChangeOutcome } from './audit.ts'
import type { Logger } from './logger.ts'
import { RefusalCounts } from './refusal-counts.ts'

/** Where audit records go. */
export interface AuditLog {
  /** Whether records can be appended now. Never rejects. */
  open(): Promise<boolean>
  /** Whether Kafka has it. Never rejects; false is also an answer where it may have it. */
  append(key: string, value: string): Promise<boolean>
}

export interface AuditMeter {
  countAudit(result: 'written' | 'dropped', records: number): void
}

export interface AuditTrailParts {
  log: AuditLog
  settings: Pick<Config['audit'], 'windowMs' | 'entries' | 'waitMs'>
  replica: string
  logger: Logger
  meter: AuditMeter
  now?: () => number
}

// Without what makes a record of it.
type Content = AuditRecord extends infer Each ? (Each extends AuditRecord ? Omit<Each, keyof Stamp> : never) : never
type Stamp = Pick<AuditRecord, 'version' | 'id' | 'time' | 'replica'>

const stopLimitMs = 5_000

/**
 * Refusals are counted for a window and then written; changes are written at once. What Kafka does not take is held, as much
 * as `entries` of each kind, and tried again after each window: nothing here waits for it but who changes something.
 */
export class AuditTrail implements Audit, AsyncDisposable {
  readonly #parts: AuditTrailParts
  readonly #now: () => number
  readonly #refusals: RefusalCounts
  /** Records as they will be written, also again, until Kafka has confirmed them. */
  readonly #unwritten = new Set<AuditRecord>()
  readonly #sending = new Set<AuditRecord>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #sequence = 0

  constructor(parts: AuditTrailParts) {
    this.#parts = parts
    this.#now = parts.now ?? Date.now
    this.#refusals = new RefusalCounts(parts.settings.entries)
  }

  /** Records that wait for Kafka. */
  get waiting(): number {
    return this.#refusals.size + this.#unwritten.size
  }

  refused(request: AuditedRequest, refusal: AuditedRefusal): void {
    this.#refusals.add(request, refusal, this.#now())
    this.#arm()
  }

  async change<T>(
    request: AuditedRequest,
    change: AuditedChange,
    act: () => Promise<T>,
    known: (result: T) => AuditedChange = () => change,
  ): Promise<T> {
    try {
      const changed = await act()
      await this.#writeSoon({ ...request, ...known(changed), outcome: 'done' })
      return changed
    } catch (error) {
      void this.#writeSoon({ ...request, ...change, ...failureOf(error) })
      throw error
    }
  }

  /** Writes what is held, for as long as a stop may take; what is left is lost, and counted. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await within(
      stopLimitMs,
      this.#flush().then(() => this.#flush()),
    )
    clearTimeout(this.#timer)
    const { listed, others } = this.#refusals.take()
    this.#drop(
      listed.length + (others ? 1 : 0) + this.#unwritten.size,
      'Audit records were not confirmed before the stop',
    )
  }

  async #writeSoon(content: Content): Promise<void> {
    const record = this.#record(content, this.#now())
    if (this.#unwritten.size >= this.#parts.settings.entries) {
      this.#drop(1, `There is no room for an audit record: ${record.event}`)
      return
    }
    this.#unwritten.add(record)
    this.#arm()
    await within(
      this.#parts.settings.waitMs,
      this.#open().then((isOpen) => (isOpen ? this.#write(record) : undefined)),
    )
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#flush()
    }, this.#parts.settings.windowMs).unref()
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#writeHeld().finally(() => {
      this.#flushing = undefined
      if (!this.#refusals.isEmpty || this.#unwritten.size > 0) this.#arm()
    })
    return this.#flushing
  }

  async #writeHeld(): Promise<void> {
    if (!(await this.#open())) return
    await this.#writeAll([...this.#unwritten])
    // Refusals go on being counted together for as long as Kafka does not take what was there before.
    if (this.#unwritten.size > 0) return
    const { listed, others } = this.#refusals.take()
    const records = listed.map(({ request, refusal, count, since, until }) =>
      this.#record({ event: 'access-refused', ...request, ...refusal, count, until: formatTime(until) }, since),
    )
    if (others) {
      const codes = Object.fromEntries(others.codes)
      const count = [...others.codes.values()].reduce((sum, each) => sum + each, 0)
      const until = formatTime(others.until)
      records.push(this.#record({ event: 'refusals-not-listed', count, until, codes }, others.since))
    }
    for (const record of records) this.#unwritten.add(record)
    await this.#writeAll(records)
  }

  async #writeAll(records: readonly AuditRecord[]): Promise<void> {
    await Promise.all(records.map((record) => this.#write(record)))
  }

  async #write(record: AuditRecord): Promise<void> {
    if (this.#sending.has(record)) return
    this.#sending.add(record)
    const key = ('who' in record && record.who.id) || 'nobody'
    const isWritten = await this.#parts.log.append(withoutCredentials(key), withoutCredentials(JSON.stringify(record)))
    this.#sending.delete(record)
    if (isWritten && this.#unwritten.delete(record)) this.#parts.meter.countAudit('written', 1)
  }

  #open(): Promise<boolean> {
    return this.#parts.log.open()
  }

  #record(content: Content, at: number): AuditRecord {
    const { replica } = this.#parts
    const stamp: Stamp = { version: 1, id: `${replica}-${++this.#sequence}`, time: formatTime(at), replica }
    return { ...stamp, ...content } as AuditRecord
  }

  #drop(records: number, message: string): void {
    if (records === 0) return
    this.#parts.meter.countAudit('dropped', records)
    this.#parts.logger.error({ records }, message)
  }
}

function failureOf(error: unknown): { outcome: ChangeOutcome; code: string } {
  if (!(error instanceof GatewayError)) return { outcome: 'unknown', code: 'internal' }
  return { outcome: error.extras.mayBeDone ? 'unknown' : 'failed', code: error.code }
}

/** Settles with the work, or when the time is over. Never rejects. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, limitMs)
  await Promise.race([work, late.promise]).catch(() => {})
  clearTimeout(timer)
}
