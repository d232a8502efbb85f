const mostKeys = 100
const keyPrefix = 'key:'

/**
 * What metrics call callers: so few names that their number is bounded, and none that says who a person is. API keys by their ids,
 * as many as came first; principals by their names, where the operator has named them; all others alike.
 */
export class CallerLabels {
  readonly #keys = new Set<string>()
  #named: ReadonlySet<string> = new Set()

  /** Principals, as their issuers call them. */
  name(principals: Iterable<string>): void {
    this.#named = new Set(principals)
  }

  /** @param caller `key:` and the id of an API key; or the issuer, a space, and the principal */
  of(caller: string): string {
    if (caller.startsWith(keyPrefix)) return this.#keyOf(caller)
    const principal = caller.slice(caller.indexOf(' ') + 1)
    return this.#named.has(principal) ? principal : 'token'
  }

  #keyOf(caller: string): string {
    if (this.#keys.size < mostKeys) this.#keys.add(caller)
    return this.#keys.has(caller) ? caller : 'other-keys'
  }
}
