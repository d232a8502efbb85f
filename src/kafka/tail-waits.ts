export interface TailPosition {
  topic: string
  partition: number
  offset: number
}

interface Watched {
  readonly topic: string
  readonly partition: number
  /** The offset from which every record is seen. */
  from: number
  lastRecord: number
  isAssigned: boolean
  idleSince: number
  readonly waits: Map<Wait, number>
}

export interface Wait {
  /** Called once, when a record is there. */
  readonly wake: () => void
  readonly watched: Watched[]
}

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`

/** Who waits for which records, and so which partitions the tail has to follow. Pure: it is told what arrives. */
export class TailWaits {
  readonly #partitions = new Map<string, Watched>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#partitions.size === 0
  }

  /** Undefined: a record is known to be there already. */
  add(topic: string, positions: ReadonlyMap<number, number>, wake: () => void): Wait | undefined {
    for (const [partition, offset] of positions) {
      const known = this.#partitions.get(keyOf(topic, partition))
      if (known && known.from <= offset && known.lastRecord >= offset) return undefined
    }
    const wait: Wait = { wake, watched: [] }
    for (const [partition, offset] of positions) {
      const watched = this.#watch(topic, partition, offset)
      watched.waits.set(wait, offset)
      wait.watched.push(watched)
    }
    return wait
  }

  remove(wait: Wait): void {
    for (const watched of wait.watched) {
      watched.waits.delete(wait)
      watched.idleSince = this.#now()
    }
  }

  /** A record arrived. Those who waited for it are woken; a partition that nobody waits for is given back by `toUnassign`. */
  arrived(topic: string, partition: number, offset: number): void {
    const watched = this.#partitions.get(keyOf(topic, partition))
    if (!watched) return
    // Below where it was to begin, the partition has lost records: who waits must look at it again.
    const isReset = offset < watched.from
    watched.lastRecord = Math.max(watched.lastRecord, offset)
    for (const [wait, position] of watched.waits) {
      if (offset < position && !isReset) continue
      this.remove(wait)
      wait.wake()
    }
  }

  /** What the consumer has to be assigned now. */
  toAssign(): TailPosition[] {
    const unassigned = [...this.#partitions.values()].filter(({ isAssigned }) => !isAssigned)
    return unassigned.map((watched) => {
      watched.isAssigned = true
      return { topic: watched.topic, partition: watched.partition, offset: watched.from }
    })
  }

  /** What the consumer should give up: what nobody waits for, at once where it has traffic, else after a while. */
  toUnassign(quietMs: number): { topic: string; partition: number }[] {
    const now = this.#now()
    const over = [...this.#partitions.values()].filter(
      ({ waits, lastRecord, idleSince }) => waits.size === 0 && (lastRecord >= 0 || now - idleSince >= quietMs),
    )
    for (const { topic, partition } of over) this.#partitions.delete(keyOf(topic, partition))
    return over.filter(({ isAssigned }) => isAssigned).map(({ topic, partition }) => ({ topic, partition }))
  }

  /** The partitions that have to be assigned anew, further back. */
  toRewind(): { topic: string; partition: number }[] {
    const back = [...this.#partitions.values()].filter(
      ({ isAssigned, from, waits }) => isAssigned && earliest(waits, from) < from,
    )
    return back.map((watched) => {
      watched.isAssigned = false
      watched.from = earliest(watched.waits, watched.from)
      watched.lastRecord = -1
      return { topic: watched.topic, partition: watched.partition }
    })
  }

  /** The consumer is gone, and with it all that it was assigned. */
  unassignAll(): void {
    for (const watched of this.#partitions.values()) watched.isAssigned = false
  }

  #watch(topic: string, partition: number, offset: number): Watched {
    const key = keyOf(topic, partition)
    const known = this.#partitions.get(key)
    if (known) {
      if (!known.isAssigned) known.from = Math.min(known.from, offset)
      return known
    }
    const watched = {
      topic,
      partition,
      from: offset,
      lastRecord: -1,
      isAssigned: false,
      idleSince: 0,
      waits: new Map(),
    }
    this.#partitions.set(key, watched)
    return watched
  }
}

const earliest = (waits: ReadonlyMap<Wait, number>, from: number) => Math.min(from, ...waits.values())
