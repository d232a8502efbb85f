import type { LedgerEvent } from './ledger-event.ts'

/** The events of each key that are not done, in their order: only the first of them may be given. */
export class KeyOrder<T> {
  readonly #chains = new Map<string, { first: LedgerEvent<T>; last: LedgerEvent<T> }>()

  /** Whether the event has to wait for an earlier one. */
  join(key: string, event: LedgerEvent<T>): boolean {
    const chain = this.#chains.get(key)
    if (!chain) {
      this.#chains.set(key, { first: event, last: event })
      return false
    }
    chain.last.behind = event
    chain.last = event
    return true
  }

  /** The event is done; what waited for it. */
  leave(key: string, event: LedgerEvent<T>): LedgerEvent<T> | null {
    const chain = this.#chains.get(key)
    if (chain?.first !== event) return null
    let next = event.behind
    while (next?.state === 'done') next = next.behind
    if (next) chain.first = next
    else this.#chains.delete(key)
    return next
  }
}
