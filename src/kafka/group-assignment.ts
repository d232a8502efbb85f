import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../observability/logger.ts'
import { type GroupCommits, type GroupPartition, type GroupPosition, keyOf } from './group-commits.ts'
import type { AssignedConsumer } from './native-client.ts'

/** Where a group stands in a partition: an offset of undefined where it never committed. */
export interface CommittedPosition extends GroupPartition {
  offset: number | undefined
  metadata: string
}

export interface AssignmentParts {
  group: string
  committedOf: (group: string, partitions: readonly GroupPartition[]) => Promise<CommittedPosition[]>
  log: Logger
  /**
   * Partitions are this member's now; answers where each is to be read from, and no record of them comes before. Where it
   * rejects it is called again, as long as they are this member's.
   */
  onAssigned: (partitions: readonly CommittedPosition[]) => Promise<readonly GroupPosition[]>
  /**
   * Partitions that `onAssigned` was told of go. While it runs they can still be committed, at most for `revokeLimitMs`, in which
   * the group waits; unless they were lost: then others may have them already, or another topic has their name.
   */
  onRevoked: (partitions: readonly GroupPartition[], wasLost: boolean) => Promise<void>
  revokeLimitMs?: number
}

interface Owned extends GroupPartition {
  /** What comes of it is handed on, from this offset. */
  next: number | undefined
  isPaused: boolean
  /** `onAssigned` was called. */
  isKnown: boolean
  starting: Promise<void>
}

interface Surroundings {
  consumer: AssignedConsumer
  commits: GroupCommits
  seek: (position: GroupPosition) => Promise<void>
  /** No more partitions are begun. */
  leaving: AbortSignal
  onChange: () => void
}

type Ask = (partitions: readonly GroupPartition[]) => Promise<readonly CommittedPosition[]>

const retryMs = 500

/**
 * What a member owns: owned → told of (`onAssigned`) → read ⇄ paused → told that it goes (`onRevoked`) → gone. The group is
 * answered at once where partitions come, before anything is asked about them; where they go it waits, for a bounded time.
 */
export class GroupAssignment {
  readonly #parts: AssignmentParts
  readonly #around: Surroundings
  readonly #owned = new Map<string, Owned>()
  /** What the client was told to fetch. Only a revocation may end it: in between the client would take it for the answer to one. */
  readonly #fetched = new Map<string, GroupPartition>()
  #changing: Promise<void> = Promise.resolve()

  constructor(parts: AssignmentParts, around: Surroundings) {
    this.#parts = parts
    this.#around = around
  }

  get partitions(): GroupPartition[] {
    return [...this.#owned.values()].map(bare)
  }

  get isEmpty(): boolean {
    return this.#owned.size === 0
  }

  owns(partition: GroupPartition): boolean {
    return this.#owned.has(keyOf(partition))
  }

  /** It is owned, and not begun yet: nothing can be sought in it. */
  isFetched(partition: GroupPartition): boolean {
    return this.#fetched.has(keyOf(partition))
  }

  /** Whether a record, or an end, at this offset is to be handed on. One that is before the next begins the partition again. */
  arrived(position: GroupPosition): boolean {
    const owned = this.#owned.get(keyOf(position))
    if (owned?.next === undefined) return false
    if (position.offset >= owned.next) return true
    this.#restart(owned, position.offset)
    return false
  }

  /** Whether all that was handed on of the partition is before this offset. */
  isNext(position: GroupPosition): boolean {
    const next = this.#owned.get(keyOf(position))?.next
    return next !== undefined && position.offset >= next
  }

  /** What comes of the partition next is not before this offset. */
  moveTo(position: GroupPosition): void {
    const owned = this.#owned.get(keyOf(position))
    if (owned?.next !== undefined) owned.next = position.offset
  }

  /** Where those are that were not so before, and that the client fetches. */
  setPaused(partitions: readonly GroupPartition[], isPaused: boolean): GroupPosition[] {
    const changed = partitions
      .map((partition) => this.#owned.get(keyOf(partition)))
      .filter((owned) => owned !== undefined)
      .filter((owned) => owned.isPaused !== isPaused)
    for (const owned of changed) owned.isPaused = isPaused
    const fetched = changed.flatMap(({ topic, partition, next: offset }) =>
      offset === undefined ? [] : { topic, partition, offset },
    )
    if (fetched.length === 0) return []
    if (isPaused) this.#around.consumer.pause(fetched.map(bare))
    else this.#around.consumer.resume(fetched.map(bare))
    return fetched
  }

  /** The client's question, which it asks again only when it was answered. */
  rebalance(isAssignment: boolean, partitions: readonly GroupPartition[], wasLost: boolean): void {
    this.#changing = this.#changing.then(() =>
      isAssignment ? this.#assigned(partitions) : this.#revoked(partitions, wasLost),
    )
  }

  /** All is lost. */
  async abandon(): Promise<void> {
    await this.#drop([...this.#owned.values()], true)
  }

  #assigned(partitions: readonly GroupPartition[]): void {
    this.#answer(() => this.#around.consumer.incrementalAssign([]))
    this.#begin(partitions, (mine) => this.#parts.committedOf(this.#parts.group, mine))
  }

  /** Offsets went back: another topic has its name, or the log was cut. The group's position says nothing about it. */
  #restart(owned: Owned, offset: number): void {
    const { topic, partition } = owned
    this.#parts.log.warn({ group: this.#parts.group, topic, partition, offset }, 'A partition begins again')
    const dropped = this.#drop([owned], true)
    this.#begin([owned], async (mine) => {
      await dropped
      return mine.map((one) => ({ ...bare(one), offset, metadata: '' }))
    })
  }

  #begin(partitions: readonly GroupPartition[], ask: Ask): void {
    const added = partitions.map(
      (partition): Owned => ({
        ...bare(partition),
        next: undefined,
        isPaused: false,
        isKnown: false,
        starting: Promise.resolve(),
      }),
    )
    for (const owned of added) this.#owned.set(keyOf(owned), owned)
    const starting = this.#start(added, ask)
    for (const owned of added) owned.starting = starting
  }

  async #start(added: readonly Owned[], ask: Ask): Promise<void> {
    const { log, group } = this.#parts
    for (;;) {
      const mine = added.filter((owned) => this.#owned.get(keyOf(owned)) === owned)
      if (mine.length === 0 || this.#around.leaving.aborted) return
      try {
        await this.#startAt(mine, await ask(mine.map(bare)))
        return
      } catch (error) {
        log.warn({ group, cause: (error as Error).message }, 'Partitions of a group cannot be read yet')
        await delay(retryMs, undefined, { signal: this.#around.leaving }).catch(() => {})
      }
    }
  }

  async #startAt(mine: readonly Owned[], committed: readonly CommittedPosition[]): Promise<void> {
    for (const owned of mine) owned.isKnown = true
    const positions = await this.#parts.onAssigned(committed)
    const starts = new Map(positions.map((position) => [keyOf(position), position]))
    const stillMine = mine.filter((owned) => this.#owned.get(keyOf(owned)) === owned && starts.has(keyOf(owned)))
    const begun = stillMine.map((owned) => ({ ...bare(owned), offset: starts.get(keyOf(owned))?.offset ?? 0 }))
    for (const position of begun) if (this.isFetched(position)) await this.#around.seek(position)
    const added = begun.filter((position) => !this.isFetched(position))
    if (added.length > 0) this.#around.consumer.incrementalAssign(added)
    for (const position of added) this.#fetched.set(keyOf(position), bare(position))
    for (const [index, owned] of stillMine.entries()) owned.next = begun[index]?.offset
    const paused = stillMine.filter(({ isPaused }) => isPaused)
    if (paused.length > 0) this.#around.consumer.pause(paused.map(bare))
    this.#around.onChange()
  }

  async #revoked(partitions: readonly GroupPartition[], wasLost: boolean): Promise<void> {
    const going = partitions
      .map((partition) => this.#owned.get(keyOf(partition)))
      .filter((owned) => owned !== undefined)
    if (!wasLost) await this.#giveBack(going)
    const dropped = this.#drop(going, wasLost)
    const fetched = partitions
      .map((partition) => this.#fetched.get(keyOf(partition)))
      .filter((one) => one !== undefined)
    for (const partition of fetched) this.#fetched.delete(keyOf(partition))
    this.#answer(() => this.#around.consumer.incrementalUnassign(fetched))
    await dropped
  }

  async #giveBack(going: readonly Owned[]): Promise<void> {
    const limit = delay(this.#parts.revokeLimitMs ?? 3_000, undefined, { ref: false })
    const giving = async () => {
      await Promise.all(going.map(({ starting }) => starting))
      await this.#tell(going, false)
      await this.#around.commits.settled(going)
    }
    await Promise.race([giving(), limit])
  }

  /** From here on nothing of them is handed on, and nothing is committed. */
  async #drop(going: readonly Owned[], wasLost: boolean): Promise<void> {
    for (const owned of going) this.#owned.delete(keyOf(owned))
    this.#around.commits.drop(going)
    this.#around.onChange()
    await this.#tell(going, wasLost)
  }

  /** Once of each partition that it was told of before. */
  async #tell(going: readonly Owned[], wasLost: boolean): Promise<void> {
    const known = going.filter(({ isKnown }) => isKnown)
    if (known.length === 0) return
    for (const owned of known) owned.isKnown = false
    try {
      await this.#parts.onRevoked(known.map(bare), wasLost)
    } catch (err) {
      this.#parts.log.error({ err, group: this.#parts.group }, 'What reads a group failed to give partitions back')
    }
  }

  #answer(call: () => void): void {
    try {
      call()
    } catch (err) {
      // While the consumer closes it answers by itself.
      if (this.#around.consumer.isConnected()) {
        this.#parts.log.error({ err, group: this.#parts.group }, 'A rebalance could not be answered')
      }
    }
  }
}

const bare = ({ topic, partition }: GroupPartition): GroupPartition => ({ topic, partition })
