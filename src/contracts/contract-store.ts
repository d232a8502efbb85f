import { randomUUID } from 'node:crypto'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Logger } from '../observability/logger.ts'
import type { PartHealth } from '../observability/part-health.ts'
import { FollowedLog } from '../state/followed-log.ts'
import type { NotAppended, WholeStateLog } from '../state/state-log.ts'
import { type ContractRevision, parseRevision, revisionText } from './contract-revision.ts'
import { ContractRevisions } from './contract-revisions.ts'

export interface ContractStoreParts {
  openLog: (take: (key: string, value: string) => void) => WholeStateLog
  settings: { waitMs: number; revisions: number }
  health: Pick<PartHealth, 'up' | 'down'>
  log: Logger
}

/** Told of what is read. */
export interface StoreListener {
  /** The log was read whole: from now on changes are told one by one. */
  onRead(): void
  onChange(topic: string): void
}

export type NewRevision = Omit<ContractRevision, 'key' | 'at'>

const notChanged: NotAppended = {
  failed: (reason) => `Kafka did not take it: ${reason}. Nothing was changed.`,
  unknown: 'Kafka has not said in time whether it was changed. Look at the contract before you try again.',
}

/** The contracts in Kafka, as this replica has read them, with their history. */
export class ContractStore implements Disposable {
  readonly #log: FollowedLog
  readonly #logger: Logger
  readonly #revisions: ContractRevisions
  readonly #now: () => number
  #listener: StoreListener | undefined
  #failure: GatewayError | undefined

  constructor({ openLog, settings, health, log }: ContractStoreParts, now: () => number = Date.now) {
    this.#logger = log
    this.#now = now
    this.#revisions = new ContractRevisions(settings.revisions)
    this.#log = new FollowedLog({
      log: openLog((key, value) => this.#take(key, value)),
      holding: 'The contracts',
      waitMs: settings.waitMs,
      logger: log,
      onRead: () => {
        health.up()
        this.#listener?.onRead()
      },
      onFailed: (error) => {
        this.#failure = error
        if (error.code === 'state-unavailable') health.down(error.message)
      },
    })
  }

  get isRead(): boolean {
    return this.#log.isRead
  }

  /** For who needs a contract that may be there and has not been read. */
  get unread(): GatewayError {
    const code = this.#failure?.code === 'state-unavailable' ? 'state-unavailable' : 'kafka-unavailable'
    const why = this.#failure ? `: ${this.#failure.message}` : '.'
    return new GatewayError(code, `The contracts have not been read yet${why}`, { retryAfterSeconds: 1 })
  }

  /** Reads, and tries again until it can. */
  follow(listener: StoreListener): void {
    this.#listener = listener
    this.#log.follow()
  }

  /** Rejects with a GatewayError (503) where the contracts cannot be read now. */
  whenRead(): Promise<void> {
    return this.#log.whenRead()
  }

  /** Those of which a revision is known. */
  get topics(): string[] {
    return this.#revisions.topics
  }

  current(topic: string): ContractRevision | undefined {
    return this.#revisions.current(topic)
  }

  /** The latest first. */
  history(topic: string): ContractRevision[] {
    return this.#revisions.history(topic)
  }

  /**
   * The revision, as it is in force on this replica; undefined where somebody else's of that number came before it, and nothing was
   * changed by this one. Rejects with a GatewayError (503).
   */
  async append(revision: NewRevision): Promise<ContractRevision | undefined> {
    const { topic } = revision
    const key = `${topic}/${randomUUID()}`
    const written = { ...revision, key, at: this.#now() }
    await this.#log.write({ key, value: revisionText(written) }, notChanged)
    for (const spent of this.#revisions.takeSpent(topic)) this.#log.note(spent, null)
    return this.history(topic).find((each) => each.key === key)
  }

  [Symbol.dispose](): void {
    this.#log[Symbol.dispose]()
  }

  #take(key: string, text: string): void {
    const revision = parseRevision(key, text)
    if (!revision) this.#logger.warn({ record: key }, 'A record of the contracts cannot be understood')
    else if (this.#revisions.take(revision) && this.isRead) this.#listener?.onChange(revision.topic)
  }
}
