/** Values that never change once they are known. Several callers at once share one fetch; a failed one is forgotten. */
export class OnceFetched<T> {
  readonly #values = new Map<string, T>()
  readonly #pending = new Map<string, Promise<T | undefined>>()

  peek(key: string): T | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: T): void {
    this.#values.set(key, value)
  }

  forget(prefix: string): void {
    for (const key of this.#values.keys()) if (key.startsWith(prefix)) this.#values.delete(key)
  }

  get(key: string, fetch: () => Promise<T>): T | Promise<T> {
    return this.#values.get(key) ?? (this.find(key, fetch) as Promise<T>)
  }

  async find(key: string, fetch: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const pending = this.#pending.get(key) ?? fetch().finally(() => this.#pending.delete(key))
    this.#pending.set(key, pending)
    const value = await pending
    if (value !== undefined) this.#values.set(key, value)
    return value
  }
}
