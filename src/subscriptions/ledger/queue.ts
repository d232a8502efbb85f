/** First in, first out; each item by its place as well. */
export class Queue<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get first(): T | undefined {
    return this.#items[this.#head]
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.#items[this.#items.length - 1]
  }

  /** The place has to be one of the queue. */
  at(place: number): T {
    return this.#items[this.#head + place] as T
  }

  push(item: T): void {
    this.#items.push(item)
  }

  insert(place: number, item: T): void {
    this.#items.splice(this.#head + place, 0, item)
  }

  dropFirst(): void {
    this.#head++
    // What is dropped must not be held, and moving the rest must not cost more than was dropped.
    if (this.#head > 256 && this.#head * 2 > this.#items.length) this.replace(this.#items.slice(this.#head))
  }

  toArray(): T[] {
    return this.#items.slice(this.#head)
  }

  replace(items: T[]): void {
    this.#items = items
    this.#head = 0
  }
}
