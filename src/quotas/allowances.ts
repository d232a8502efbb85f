import { Allowance } from './allowance.ts'
import type { QuotaLimits, RateName } from './quota-limits.ts'

/** Whose quota it is. */
export type QuotaOwner = 'key' | 'principal' | 'topic'

/** Something that has to wait, and for what. */
export interface Wait {
  name: RateName
  owner: QuotaOwner
  allowance: Allowance
  ms: number
}

/** What a request costs. */
export type Cost = Partial<Readonly<Record<RateName, number>>>

const names = ['requests', 'events', 'bytes'] as const satisfies readonly RateName[]

/** What is left to one caller, or for one topic. */
export class Allowances {
  readonly owner: QuotaOwner
  readonly rates: readonly { readonly name: RateName; readonly allowance: Allowance }[]

  constructor(owner: QuotaOwner, limits: QuotaLimits) {
    this.owner = owner
    this.rates = names.flatMap((name) => {
      const rate = limits[name]
      return rate ? [{ name, allowance: new Allowance(rate) }] : []
    })
  }

  /** The longest of the waits; undefined where there is none. */
  wait(cost: Cost, replicas: number, now: number): Wait | undefined {
    let longest: Wait | undefined
    for (const { name, allowance } of this.rates) {
      const amount = cost[name]
      if (amount === undefined) continue
      const ms = allowance.waitMs(amount, replicas, now)
      if (ms > (longest?.ms ?? 0)) longest = { name, owner: this.owner, allowance, ms }
    }
    return longest
  }

  spend(cost: Cost, replicas: number, now: number): void {
    for (const { name, allowance } of this.rates) {
      const amount = cost[name]
      if (amount !== undefined) allowance.spend(amount, replicas, now)
    }
  }
}
