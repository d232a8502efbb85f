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
  /** The next offset for who follows the topic; undefined where nobody does. */
  followedFrom: number | undefined
  isHeld: boolean
  /** It is to be followed from elsewhere than where the consumer is. */
  isMoved: boolean
}

export interface Wait {
  /** Called once, when a record is there. */
  readonly wake: () => void
  readonly watched: Watched[]
}

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`

/**
 * Who waits for a record, and who follows a topic, and so which partitions the tail has to be assigned. Pure: it is told
 * what arrives.
 */
export class WatchedPartitions {
  readonly #partitions = new Map<string, Watched>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#partitions.size === 0
  }

  /** Undefined: a record is known to be there already. */
  addWait(topic: string, positions: ReadonlyMap<number, number>, wake: () => void): Wait | undefined {
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

  removeWait(wait: Wait): void {
    for (const watched of wait.watched) {
      watched.waits.delete(wait)
      watched.idleSince = this.#now()
    }
  }

  /** From this offset on, also where the partition is followed from another. */
  follow(topic: string, partition: number, offset: number): void {
    const watched = this.#watch(topic, partition, offset)
    watched.isMoved = watched.followedFrom !== undefined
    watched.followedFrom = offset
  }

  unfollow(topic: string): void {
    for (const watched of this.#of(topic)) {
      watched.followedFrom = undefined
      watched.isHeld = false
      watched.idleSince = this.#now()
    }
  }

  /** A topic that is held is not read on, until it is held no more. */
  hold(topic: string, isHeld: boolean): void {
    for (const watched of this.#of(topic)) watched.isHeld = isHeld
  }

  /** A record arrived. Those who waited for it are woken; true where it is the next for who follows the topic. */
  arrived(topic: string, partition: number, offset: number): boolean {
    const watched = this.#partitions.get(keyOf(topic, partition))
    if (!watched) return false
    watched.lastRecord = Math.max(watched.lastRecord, offset)
    for (const [wait, position] of watched.waits) {
      if (offset < position) continue
      this.removeWait(wait)
      wait.wake()
    }
    if (watched.followedFrom === undefined || offset < watched.followedFrom) return false
    watched.followedFrom = offset + 1
    return true
  }

  /** Nothing more is there before the offset. True where that is new to who follows the topic. */
  ended(topic: string, partition: number, offset: number): boolean {
    const watched = this.#partitions.get(keyOf(topic, partition))
    if (watched?.followedFrom === undefined || offset <= watched.followedFrom) return false
    watched.followedFrom = offset
    return true
  }

  /** Some partition no longer has what was waited for: all look again. */
  wakeAll(): void {
    for (const { waits } of this.#partitions.values()) {
      for (const wait of waits.keys()) {
        this.removeWait(wait)
        wait.wake()
      }
    }
  }

  /** What the consumer has to be assigned now. */
  toAssign(): TailPosition[] {
    const unassigned = [...this.#partitions.values()].filter(({ isAssigned, isHeld }) => !isAssigned && !isHeld)
    return unassigned.map((watched) => {
      watched.isAssigned = true
      watched.isMoved = false
      watched.from = neededFrom(watched)
      return { topic: watched.topic, partition: watched.partition, offset: watched.from }
    })
  }

  /** What the consumer should give up: what is held, and what nobody watches, at once where it has traffic, else after a while. */
  toUnassign(quietMs: number): { topic: string; partition: number }[] {
    const now = this.#now()
    const over = [...this.#partitions.values()].filter(
      (watched) => !isWatched(watched) && (watched.lastRecord >= 0 || now - watched.idleSince >= quietMs),
    )
    for (const { topic, partition } of over) this.#partitions.delete(keyOf(topic, partition))
    const held = [...this.#partitions.values()].filter(({ isHeld }) => isHeld)
    return [...over, ...held].filter(({ isAssigned }) => isAssigned).map((watched) => this.#unassigned(watched))
  }

  /** The partitions that have to be assigned anew, elsewhere. */
  toRewind(): { topic: string; partition: number }[] {
    const back = [...this.#partitions.values()].filter((watched) => watched.isAssigned && isMisplaced(watched))
    return back.map((watched) => this.#unassigned(watched))
  }

  /** The consumer is gone, and with it all that it was assigned. */
  unassignAll(): void {
    for (const watched of this.#partitions.values()) watched.isAssigned = false
  }

  #unassigned(watched: Watched): { topic: string; partition: number } {
    watched.isAssigned = false
    return { topic: watched.topic, partition: watched.partition }
  }

  #of(topic: string): Watched[] {
    return [...this.#partitions.values()].filter((watched) => watched.topic === topic)
  }

  #watch(topic: string, partition: number, offset: number): Watched {
    const key = keyOf(topic, partition)
    const known = this.#partitions.get(key)
    if (known) return known
    const watched = {
      topic,
      partition,
      from: offset,
      lastRecord: -1,
      isAssigned: false,
      idleSince: this.#now(),
      waits: new Map(),
      followedFrom: undefined,
      isHeld: false,
      isMoved: false,
    }
    this.#partitions.set(key, watched)
    return watched
  }
}

const isWatched = ({ waits, followedFrom }: Watched): boolean => waits.size > 0 || followedFrom !== undefined

const neededFrom = ({ waits, followedFrom, from }: Watched): number =>
  waits.size === 0 && followedFrom === undefined
    ? from
    : Math.min(followedFrom ?? Number.POSITIVE_INFINITY, ...waits.values())

/** The consumer is not where it is needed. */
function isMisplaced(watched: Watched): boolean {
  const { from, lastRecord, followedFrom, waits, isMoved } = watched
  if (isMoved) return true
  if (followedFrom !== undefined && followedFrom < Math.max(from, lastRecord + 1)) return true
  return Math.min(from, ...waits.values()) < from
}
