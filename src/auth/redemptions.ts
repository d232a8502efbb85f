import { randomBytes } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { appendAndReadBack, logUnavailable, type NotAppended, type StateLog } from '../state/state-log.ts'
import type { Ticket } from './ticket.ts'
import { SpentTicketError } from './ticket-error.ts'

export interface RedemptionParts {
  openLog: (take: (key: string, value: string) => void) => StateLog
  config: Pick<Config['tickets'], 'redeemMs'>
  now?: () => number
}

interface Redemption {
  attempt: string
  expiresAt: number
}

// A clock that is set back must not bring a ticket to life of which nothing is known any more.
const keptAfterExpiryMs = 60_000
const sweepMs = 10_000

/**
 * Which tickets are used up. Whoever redeems one appends its id to a log, and has won if the first record with that id
 * is its own: it is for the log alone to say who came first, whatever replica or worker they came to.
 */
export class Redemptions {
  readonly #log: StateLog
  readonly #redeemMs: number
  readonly #now: () => number
  /** The first redemption of each ticket that could still be shown. */
  readonly #first = new Map<string, Redemption>()
  #sweptAt = 0

  constructor({ openLog, config, now = Date.now }: RedemptionParts) {
    this.#log = openLog((id, value) => this.#take(id, value))
    this.#redeemMs = config.redeemMs
    this.#now = now
  }

  /** So that the first ticket that is redeemed need not wait for it. */
  prepare(): void {
    this.#log.open(Date.now() + this.#redeemMs).catch(() => {})
  }

  isUsed(id: string): boolean {
    return this.#first.has(id)
  }

  /** Uses a ticket up. Rejects with a SpentTicketError where another was first, and with 503 where that cannot be said. */
  async redeem({ id, expiresAt }: Pick<Ticket, 'id' | 'expiresAt'>): Promise<void> {
    const deadline = Date.now() + this.#redeemMs
    await this.#log.open(deadline)
    if (this.isUsed(id)) throw used()
    const attempt = randomBytes(9).toString('base64url')
    await appendAndReadBack(this.#log, { key: id, value: `${attempt} ${expiresAt}`, deadline }, notRedeemed)
    const first = this.#first.get(id)
    if (!first) throw logUnavailable(notRedeemed.unknown)
    if (first.attempt !== attempt) throw used()
  }

  #take(id: string, value: string): void {
    const now = this.#now()
    this.#sweep(now)
    const [attempt = '', expiry = ''] = value.split(' ')
    const expiresAt = Number(expiry)
    if (!this.#first.has(id) && now < expiresAt + keptAfterExpiryMs) this.#first.set(id, { attempt, expiresAt })
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepMs) return
    this.#sweptAt = now
    for (const [id, { expiresAt }] of this.#first) {
      if (now >= expiresAt + keptAfterExpiryMs) this.#first.delete(id)
    }
  }
}

const notRedeemed: NotAppended = {
  failed: (reason) => `Kafka did not take the ticket: ${reason}. It is not used up.`,
  unknown:
    'Kafka has not said in time whether the ticket was redeemed. Nothing was done with it; try again, and where it turns out to be used up ask for another one.',
}

const used = (): SpentTicketError => new SpentTicketError('the ticket was used before')
