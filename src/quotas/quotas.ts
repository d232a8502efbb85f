import { LRUCache } from 'lru-cache'
import { callerOf, type Principal } from '../auth/principal.ts'
import type { GatewayError } from '../errors/gateway-error.ts'
import type { Logger } from '../observability/logger.ts'
import { Allowances, type Cost, type QuotaOwner, type Wait } from './allowances.ts'
import { OpenStreams } from './open-streams.ts'
import { leftText, policyText } from './policy-headers.ts'
import { quotaExceeded, tooManyStreams } from './quota-exceeded.ts'
import type { QuotaLimits, QuotaName } from './quota-limits.ts'

/** Counts what was refused. */
export interface QuotaMeter {
  refuseByQuota(name: QuotaName, owner: QuotaOwner): void
}

export interface QuotaParts {
  classes: Readonly<Record<string, QuotaLimits>>
  /** The classes of principals, by their ids. */
  principals: Readonly<Record<string, string>>
  /** The same object as long as it is the same quota. */
  quotaOfTopic: (topic: string) => QuotaLimits | undefined
  /** How many share what there is. */
  replicas: { readonly live: number }
  meter: QuotaMeter
  log: Pick<Logger, 'warn'>
  /** Milliseconds; never goes back. */
  now?: () => number
}

/** What somebody does bit by bit, and can be kept waiting with. */
export interface Pace {
  /** How long until the next event may be taken: 0 where it may be now. */
  waitMs(): number
  /** What was taken, which may be more than was left. */
  spend(events: number, bytes: number): void
  /** What to tell who would have to wait longer than that. */
  excess(limitMs: number): GatewayError | undefined
}

export const unlimited: Pace = { waitMs: () => 0, spend: () => {}, excess: () => undefined }

interface CallerQuota {
  owner: Exclude<QuotaOwner, 'topic'>
  allowances: Allowances
  streams: number | undefined
  policy: string
}

type Bill = readonly [Allowances, Cost]

export const defaultClass = 'default'
const mostRemembered = 50_000
const oneRequest: Cost = { requests: 1 }
const oneEvent: Cost = { events: 1, bytes: 1 }
const noRelease = (): void => {}

/** What callers and topics may take, and what is left of it on this replica. Every answer is at hand: nothing here waits. */
export class Quotas {
  readonly #parts: QuotaParts
  readonly #now: () => number
  readonly #isLimited: boolean
  /** One that is forgotten was the longest without a request: it is full again, unless there are more callers than places. */
  readonly #callers = new LRUCache<string, CallerQuota>({ max: mostRemembered })
  readonly #topics = new WeakMap<QuotaLimits, Allowances>()
  readonly #streams = new OpenStreams()
  readonly #warned = new LRUCache<string, true>({ max: mostRemembered })

  constructor(parts: QuotaParts) {
    this.#parts = parts
    this.#now = parts.now ?? (() => performance.now())
    this.#isLimited = Object.keys(parts.classes).length > 0
  }

  /** The classes that an API key may be given. */
  get classes(): string[] {
    return [...new Set([defaultClass, ...Object.keys(this.#parts.classes)])]
  }

  /** Of each request, before its body is read. Throws `quota-exceeded`. */
  admit(principal: Principal): void {
    const caller = this.#callerOf(principal)
    if (caller) this.#take([[caller.allowances, oneRequest]])
  }

  /** The values of `RateLimit-Policy` and `RateLimit`; undefined for who is not limited. */
  headers(principal: Principal): { policy: string; left: string } | undefined {
    const caller = this.#callerOf(principal)
    return caller && { policy: caller.policy, left: leftText(caller.allowances, this.#replicas, this.#now()) }
  }

  /** Of events that are published, or judged where no topic is given: all or nothing. Throws `quota-exceeded`. */
  take(principal: Principal, events: number, bytes: number, topic?: string): void {
    const ofCaller = this.#callerOf(principal)?.allowances
    const ofTopic = topic === undefined ? undefined : this.#allowancesOf(topic)
    const bills: Bill[] = []
    if (ofCaller) bills.push([ofCaller, { events, bytes }])
    if (ofTopic) bills.push([ofTopic, { requests: 1, events, bytes }])
    if (bills.length > 0) this.#take(bills)
  }

  /** Before a read, whose cost is known afterwards only. Throws `quota-exceeded` while earlier ones are not made up for. */
  beginRead(principal: Principal): void {
    const wait = this.#callerOf(principal)?.allowances.wait(oneEvent, this.#replicas, this.#now())
    if (wait) throw this.#refusal(wait)
  }

  /** Of events that come bit by bit; published, where a topic is given. */
  pace(principal: Principal, topic?: string): Pace {
    const ofTopic = topic === undefined ? undefined : this.#allowancesOf(topic)
    return this.#paceOf([this.#callerOf(principal)?.allowances, ofTopic])
  }

  /** Gives what takes it back. Throws `quota-exceeded`. */
  openStream(principal: Principal): () => void {
    const caller = this.#callerOf(principal)
    if (caller?.streams === undefined) return noRelease
    const release = this.#streams.open(callerOf(principal), this.#part(caller.streams))
    return release ?? this.#refuseStream(caller.streams, caller.owner)
  }

  /** For one more stream that reads the topic, besides so many. Throws `quota-exceeded`. */
  assertMayRead(topic: string, open: number): void {
    const streams = this.#parts.quotaOfTopic(topic)?.streams
    if (streams !== undefined && open >= this.#part(streams)) this.#refuseStream(streams, 'topic')
  }

  get #replicas(): number {
    return this.#parts.replicas.live
  }

  #callerOf(principal: Principal): CallerQuota | undefined {
    if (!this.#isLimited) return undefined
    const name = callerOf(principal)
    const known = this.#callers.get(name)
    if (known) return known
    const limits = this.#parts.classes[this.#classOf(principal)]
    if (!limits) return undefined
    const owner = 'apiKey' in principal ? 'key' : 'principal'
    const { streams } = limits
    const caller = { owner, streams, allowances: new Allowances(owner, limits), policy: policyText(limits) } as const
    this.#callers.set(name, caller)
    return caller
  }

  #classOf(principal: Principal): string {
    const { classes, principals } = this.#parts
    const wanted = 'apiKey' in principal ? principal.quotaClass : ownMember(principals, principal.id)
    if (wanted === undefined || wanted === defaultClass || Object.hasOwn(classes, wanted)) return wanted ?? defaultClass
    if (!this.#warned.has(principal.id)) {
      this.#warned.set(principal.id, true)
      this.#parts.log.warn(
        { principal: principal.id, quotaClass: wanted },
        'The class of quotas is not configured: the default holds',
      )
    }
    return defaultClass
  }

  #allowancesOf(topic: string): Allowances | undefined {
    const limits = this.#parts.quotaOfTopic(topic)
    if (!limits) return undefined
    const known = this.#topics.get(limits) ?? new Allowances('topic', limits)
    this.#topics.set(limits, known)
    return known
  }

  #take(bills: readonly Bill[]): void {
    const replicas = this.#replicas
    const now = this.#now()
    const wait = longest(bills.map(([allowances, cost]) => allowances.wait(cost, replicas, now)))
    if (wait) throw this.#refusal(wait)
    for (const [allowances, cost] of bills) allowances.spend(cost, replicas, now)
  }

  #refusal(wait: Wait): GatewayError {
    this.#parts.meter.refuseByQuota(wait.name, wait.owner)
    return quotaExceeded(wait)
  }

  #refuseStream(limit: number, owner: QuotaOwner): never {
    this.#parts.meter.refuseByQuota('streams', owner)
    throw tooManyStreams(limit, owner)
  }

  /** A stream is not divided: each replica has at least one. */
  #part(streams: number): number {
    return Math.max(1, Math.floor(streams / this.#replicas))
  }

  #paceOf(all: readonly (Allowances | undefined)[]): Pace {
    const limited = all.filter((allowances) => allowances !== undefined)
    if (limited.length === 0) return unlimited
    const longestWait = () => {
      const now = this.#now()
      return longest(limited.map((each) => each.wait(oneEvent, this.#replicas, now)))
    }
    return {
      waitMs: () => longestWait()?.ms ?? 0,
      spend: (events, bytes) => {
        const now = this.#now()
        for (const each of limited) each.spend({ events, bytes }, this.#replicas, now)
      },
      excess: (limitMs) => {
        const wait = longestWait()
        return wait && wait.ms > limitMs ? this.#refusal(wait) : undefined
      },
    }
  }
}

// A principal may be called as something that every object has.
const ownMember = (mapping: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(mapping, name) ? mapping[name] : undefined

const longest = (waits: readonly (Wait | undefined)[]): Wait | undefined =>
  waits.reduce((one, other) => ((other?.ms ?? 0) > (one?.ms ?? 0) ? other : one), undefined)
