const most = 1_000

/** The first thousand of what may be many, and how many there are more. */
export class Listed<Item> {
  readonly items: Item[] = []
  omitted = 0

  static of<Item>(items: Iterable<Item>): Listed<Item> {
    const listed = new Listed<Item>()
    for (const item of items) listed.add(item)
    return listed
  }

  add(item: Item): void {
    if (this.items.length < most) this.items.push(item)
    else this.omitted++
  }

  get count(): number {
    return this.items.length + this.omitted
  }
}
