import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { GroupPosition } from '../kafka/group-commits.ts'
import type { GroupMember } from '../kafka/group-member.ts'
import type { StoredRecord } from '../kafka/record.ts'
import type { Logger } from '../observability/logger.ts'
import type { RejectedEvent } from './ledger/ledger-event.ts'
import type { LedgerSettings } from './ledger/ledger-settings.ts'
import { PartitionLedger, type Position } from './ledger/partition-ledger.ts'

export interface HeldPartitionParts {
  topic: string
  partition: number
  topicId: string
  settings: LedgerSettings
  /** Where the group stands. */
  position: Position
  /** The most that is held before fetching pauses. */
  bounds: { unleased: number; events: number; bytes: number }
  member: () => Pick<GroupMember, 'commit' | 'pause' | 'resume' | 'seek'>
  /** Whether the filter lets a record, as it is given, through. Rejects where that cannot be said now. Undefined: there is no filter. */
  admits: ((record: StoredRecord) => boolean | Promise<boolean>) | undefined
  /** The record as it is given, where that is not as it stands in the partition. */
  shown: (record: StoredRecord) => StoredRecord
  bury: (rejected: RejectedEvent<StoredRecord>, signal: AbortSignal) => Promise<void>
  onChange: () => void
  log: Logger
}

const retryMs = 500
const burialLimitMs = 10_000

/** One partition that this replica owns: its ledger, with the clock, the records, the dead letters and the commits. */
export class HeldPartition {
  readonly ledger: PartitionLedger<StoredRecord>
  readonly #parts: HeldPartitionParts
  readonly #over = new AbortController()
  readonly #burials = new Map<number, Promise<void>>()
  /** Fetched, and not yet in the ledger: the filter has to look at them, in order. */
  #arrived: StoredRecord[] = []
  #arrivedBytes = 0
  #isJudging = false
  #isPaused = false
  /** The revision that Kafka has. */
  #confirmed: number
  #committing: Promise<void> | undefined

  constructor(parts: HeldPartitionParts) {
    this.#parts = parts
    this.ledger = new PartitionLedger(parts.settings, parts.position, randomBytes(6).readUIntBE(0, 6))
    this.#confirmed = this.ledger.revision
  }

  get topic(): string {
    return this.#parts.topic
  }

  get partition(): number {
    return this.#parts.partition
  }

  get topicId(): string {
    return this.#parts.topicId
  }

  /** Records come in order. */
  take(records: readonly StoredRecord[]): void {
    if (this.#parts.admits) {
      this.#arrived.push(...records)
      this.#arrivedBytes += records.reduce((sum, { bytes }) => sum + bytes, 0)
      this.#judgeAll().catch((err) => {
        if (!this.#over.signal.aborted) this.#parts.log.error({ err }, 'The filter of a subscription failed')
      })
    } else {
      const now = Date.now()
      for (const record of records) this.#hold(record, now)
    }
    this.balance()
  }

  /** There is nothing before the offset that was not taken. */
  skipTo(offset: number): void {
    if (this.#arrived.length === 0 && !this.#isJudging) this.ledger.skipTo(offset)
  }

  /** What follows from the time that has passed. */
  tick(now: number): void {
    this.ledger.expire(now)
    this.buryRejected()
    // Deliveries, mostly: any sooner, and the acknowledgement of what was just given would wait behind them.
    if (this.ledger.revision !== this.#confirmed && !this.#committing) this.commit().catch(() => {})
    this.balance()
  }

  /** Begins to write what was rejected; {@link buried} waits for it. */
  buryRejected(): void {
    for (const rejected of this.ledger.takeRejected()) {
      const burial = this.#bury(rejected)
      this.#burials.set(rejected.offset, burial)
      burial
        .catch(() => {})
        .finally(() => {
          if (this.#burials.get(rejected.offset) === burial) this.#burials.delete(rejected.offset)
        })
    }
  }

  /** Rejects where they are not in the dead letters in time. */
  async buried(offsets: readonly number[]): Promise<void> {
    const burials = offsets.flatMap((offset) => this.#burials.get(offset) ?? [])
    if (burials.length === 0) return
    const late = new AbortController()
    const limit = delay(burialLimitMs, undefined, { signal: late.signal }).then(() => {
      throw new Error('the dead letters were not written in time')
    })
    limit.catch(() => {})
    await Promise.race([Promise.all(burials), limit]).finally(() => late.abort())
  }

  /** Resolves when Kafka has all that the ledger had when it was called; rejects as `GroupMember.commit` does. */
  async commit(): Promise<void> {
    const { revision } = this.ledger
    if (revision === this.#confirmed) return
    const { topic, partition } = this.#parts
    const committing = this.#parts.member().commit({ topic, partition, ...this.ledger.position() })
    this.#committing = committing
    try {
      await committing
      this.#confirmed = Math.max(this.#confirmed, revision)
    } finally {
      if (this.#committing === committing) this.#committing = undefined
    }
  }

  async seek(offset: number): Promise<void> {
    const { topic, partition } = this.#parts
    const position: GroupPosition = { topic, partition, offset }
    await this.#parts.member().seek(position)
    // What came until now is from the old position, what comes from now on is from the new one.
    this.#arrived = []
    this.#arrivedBytes = 0
    this.#burials.clear()
    this.ledger.seek(offset)
    this.balance()
    await this.commit()
  }

  /** Fetching goes on while there is room for what it gives. */
  balance(): void {
    const { topic, partition, bounds } = this.#parts
    const held = {
      unleased: this.ledger.unleased + this.#arrived.length,
      events: this.ledger.held + this.#arrived.length,
      bytes: this.ledger.heldBytes + this.#arrivedBytes,
    }
    const fullness = Math.max(held.unleased / bounds.unleased, held.events / bounds.events, held.bytes / bounds.bytes)
    if (this.#isPaused ? fullness >= 0.5 : fullness < 1) return
    this.#isPaused = !this.#isPaused
    if (this.#isPaused) this.#parts.member().pause([{ topic, partition }])
    else this.#parts.member().resume([{ topic, partition }])
  }

  /** It goes to somebody else. */
  end(): void {
    this.#over.abort()
  }

  #hold(record: StoredRecord, now: number): void {
    const { offset, bytes, key } = record
    this.ledger.take({ offset, bytes, key: key?.toString('latin1') ?? null }, this.#parts.shown(record), now)
  }

  async #judgeAll(): Promise<void> {
    if (this.#isJudging) return
    this.#isJudging = true
    try {
      for (let record = this.#arrived[0]; record && !this.#over.signal.aborted; record = this.#arrived[0]) {
        const isAdmitted = await this.#judged(record)
        // A seek may have taken it away meanwhile.
        if (this.#arrived[0] !== record) continue
        this.#arrived.shift()
        this.#arrivedBytes -= record.bytes
        if (isAdmitted) this.#hold(record, Date.now())
        else this.ledger.skipTo(record.offset + 1)
      }
    } finally {
      this.#isJudging = false
    }
    this.balance()
    this.#parts.onChange()
  }

  async #judged(record: StoredRecord): Promise<boolean> {
    for (;;) {
      try {
        return (await this.#parts.admits?.(this.#parts.shown(record))) ?? true
      } catch (error) {
        const { topic, partition, log } = this.#parts
        log.warn({ topic, partition, cause: (error as Error).message }, 'A filter cannot be asked yet')
        await delay(retryMs, undefined, { signal: this.#over.signal })
      }
    }
  }

  async #bury(rejected: RejectedEvent<StoredRecord>): Promise<void> {
    await this.#parts.bury(rejected, this.#over.signal)
    this.ledger.bury(rejected)
    this.#parts.onChange()
  }
}
