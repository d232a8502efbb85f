import { setTimeout as delay } from 'node:timers/promises'
import type { Message } from '@confluentinc/kafka-javascript'
import { GatewayError } from '../errors/gateway-error.ts'
import { PartitionLost } from '../errors/partition-lost.ts'
import type { Logger } from '../observability/logger.ts'
import { type GroupCommit, GroupCommits, type GroupPartition, type GroupPosition, keyOf } from './group-commits.ts'
import type { KafkaLog } from './kafka-log.ts'
import {
  type AssignedConsumer,
  type ClientProperties,
  closeConsumer,
  connectClient,
  consumeReady,
  createGroupConsumer,
  kafkaCodes,
  type LibrdKafkaError,
  seekConsumer,
} from './native-client.ts'
import { toStoredRecord } from './native-record.ts'
import type { StoredRecord } from './record.ts'
import { Signal } from './signal.ts'

/** Where a group stands in a partition: an offset of undefined where it never committed. */
export interface CommittedPosition extends GroupPartition {
  offset: number | undefined
  metadata: string
}

export interface GroupMemberParts {
  properties: ClientProperties
  group: string
  topics: readonly string[]
  clientId: string
  committedOf: (group: string, partitions: readonly GroupPartition[]) => Promise<CommittedPosition[]>
  log: Logger
  kafkaLog: KafkaLog
  /**
   * Partitions are this member's now; answers where each is to be read from, and no record of them comes before. Where it
   * rejects it is called again, as long as they are this member's.
   */
  onAssigned: (partitions: readonly CommittedPosition[]) => Promise<readonly GroupPosition[]>
  /**
   * Partitions that `onAssigned` was told of go. While it runs they can still be committed, at most for `revokeLimitMs`, in which
   * the group waits; unless they were lost: then others may have them already.
   */
  onRevoked: (partitions: readonly GroupPartition[], wasLost: boolean) => Promise<void>
  /** In the order of each partition; and then how far partitions have been read beyond them. */
  onRecords: (records: readonly StoredRecord[], ends: readonly GroupPosition[]) => void
  /** The member is over: it has lost what it had, and another one has to join. */
  onFailed: (error: Error) => void
  commitLimitMs?: number
  revokeLimitMs?: number
}

interface Owned extends GroupPartition {
  isStarted: boolean
  isPaused: boolean
  /** `onAssigned` was called. */
  isKnown: boolean
  starting: Promise<void>
}

interface Seek {
  position: GroupPosition
  resolve: () => void
  reject: (error: Error) => void
}

const connectLimitMs = 5_000
const seekLimitMs = 5_000
const leaveLimitMs = 5_000
const batchRecords = 1_000
const houseKeepingMs = 500
const retryMs = 500

/**
 * A member of an ordinary consumer group. Joining is answered at once, and so are assignments: the group never waits for what
 * is asked before a partition is read. Only a revocation waits, for what is still to be committed.
 */
export class GroupMember {
  readonly #parts: GroupMemberParts
  readonly #consumer: AssignedConsumer
  readonly #queued = new Signal()
  readonly #commits: GroupCommits
  readonly #owned = new Map<string, Owned>()
  /** What the client was told to fetch. */
  readonly #fetched = new Map<string, GroupPartition>()
  readonly #dropped = new Signal()
  readonly #leaving = new AbortController()
  #seeks: Seek[] = []
  #ends: GroupPosition[] = []
  #rebalancing: Promise<void> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()
  #left: Promise<void> | undefined
  #failure: LibrdKafkaError | undefined
  #isClosing = false

  private constructor(parts: GroupMemberParts) {
    this.#parts = parts
    const properties = { ...parts.properties, 'group.id': parts.group, 'client.id': parts.clientId }
    this.#commits = new GroupCommits({
      send: (positions) => this.#consumer.commit(positions),
      owns: (partition) => this.#owned.has(keyOf(partition)),
      limitMs: parts.commitLimitMs ?? 10_000,
    })
    this.#consumer = createGroupConsumer(properties, {
      onQueued: () => this.#queued.set(),
      onCommitted: (error, positions) => this.#commits.answered(error, positions),
      onRebalance: (isAssignment, partitions) => {
        const wasLost = !isAssignment && !this.#isClosing && this.#consumer.assignmentLost()
        this.#rebalancing = this.#rebalancing.then(() =>
          isAssignment ? this.#assigned(partitions) : this.#revoked(partitions, wasLost),
        )
      },
    })
    this.#consumer.on('partition.eof', (end) => this.#ends.push(end as GroupPosition))
    this.#consumer.on('event.error', (error) => {
      if (error.code === kafkaCodes.ERR__FATAL) this.#fail(error)
    })
    parts.kafkaLog.follow(this.#consumer, 'member')
  }

  /** Resolves when it is on its way into the group; rejects with `kafka-unavailable` where no broker can be reached. */
  static async join(parts: GroupMemberParts): Promise<GroupMember> {
    const member = new GroupMember(parts)
    try {
      await connectClient(member.#consumer, connectLimitMs)
    } catch (error) {
      throw unavailable(error as LibrdKafkaError)
    }
    member.#consumer.subscribe([...parts.topics])
    member.#running = member.#run()
    return member
  }

  get owned(): GroupPartition[] {
    return [...this.#owned.values()].map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Settles by what Kafka said: see {@link GroupCommits.add}. Any number may wait at once. */
  commit(position: GroupCommit): Promise<void> {
    return this.#commits.add(position)
  }

  /** Fetches nothing of them until `resume`; what is on its way already, at most one batch, still comes. */
  pause(partitions: readonly GroupPartition[]): void {
    this.#setPaused(partitions, true)
  }

  resume(partitions: readonly GroupPartition[]): void {
    this.#setPaused(partitions, false)
  }

  /**
   * Once it resolves, what comes of the partition begins at the offset; what came before must be forgotten. Rejects with
   * {@link PartitionLost}.
   */
  seek(position: GroupPosition): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#seeks.push({ position, resolve, reject })
    this.#queued.set()
    return promise
  }

  /** Gives everything back, with the chance to commit, and is forgotten by the group. Bounded in time also without Kafka. */
  leave(): Promise<void> {
    this.#left ??= this.#leave()
    return this.#left
  }

  async #leave(): Promise<void> {
    const deadline = Date.now() + leaveLimitMs
    if (this.#owned.size > 0 && !this.#failure) {
      this.#consumer.unsubscribe()
      this.#queued.set()
      while (this.#owned.size > 0 && Date.now() < deadline) {
        this.#dropped.clear()
        await this.#dropped.wait(deadline - Date.now())
      }
    }
    this.#leaving.abort()
    await this.#running
    await this.#drop([...this.#owned.values()], true)
    this.#isClosing = true
    await Promise.race([closeConsumer(this.#consumer), delay(leaveLimitMs, undefined, { ref: false })])
  }

  async #run(): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      this.#queued.clear()
      await this.#applySeeks()
      const messages = await this.#consume()
      this.#hand(messages, this.#ends.splice(0))
      if (messages.length === 0) await this.#queued.wait(houseKeepingMs, this.#leaving.signal)
    }
    for (const { position, reject } of this.#seeks.splice(0)) reject(lostOf(position))
  }

  async #consume(): Promise<Message[]> {
    try {
      return await consumeReady(this.#consumer, batchRecords)
    } catch (error) {
      this.#parts.log.debug({ group: this.#parts.group, cause: (error as Error).message }, 'A group cannot be read')
      return []
    }
  }

  #hand(messages: readonly Message[], ends: readonly GroupPosition[]): void {
    const isRead = (partition: GroupPartition) => this.#owned.get(keyOf(partition))?.isStarted
    const records = messages.filter(isRead).map(toStoredRecord)
    const reached = ends.filter(isRead)
    if (records.length === 0 && reached.length === 0) return
    try {
      this.#parts.onRecords(records, reached)
    } catch (err) {
      this.#parts.log.error({ err, group: this.#parts.group }, 'What reads a group failed')
    }
  }

  async #applySeeks(): Promise<void> {
    for (const seek of this.#seeks.splice(0)) {
      const { position, resolve, reject } = seek
      const owned = this.#owned.get(keyOf(position))
      if (!owned) reject(lostOf(position))
      else if (!owned.isStarted) this.#seeks.push(seek)
      else
        await seekConsumer(this.#consumer, position, seekLimitMs).then(resolve, (error) => reject(unavailable(error)))
    }
  }

  #setPaused(partitions: readonly GroupPartition[], isPaused: boolean): void {
    const changed = partitions
      .map((partition) => this.#owned.get(keyOf(partition)))
      .filter((owned) => owned !== undefined)
      .filter((owned) => owned.isPaused !== isPaused)
    for (const owned of changed) owned.isPaused = isPaused
    this.#applyPaused(
      changed.filter(({ isStarted }) => isStarted),
      isPaused,
    )
  }

  #applyPaused(partitions: readonly Owned[], isPaused: boolean): void {
    if (partitions.length === 0) return
    if (isPaused) this.#consumer.pause(partitions.map(bare))
    else this.#consumer.resume(partitions.map(bare))
  }

  #assigned(partitions: readonly GroupPartition[]): void {
    this.#answer(() => this.#consumer.incrementalAssign([]))
    const added = partitions.map(
      ({ topic, partition }): Owned => ({
        topic,
        partition,
        isStarted: false,
        isPaused: false,
        isKnown: false,
        starting: Promise.resolve(),
      }),
    )
    const starting = this.#start(added)
    for (const owned of added) {
      owned.starting = starting
      this.#owned.set(keyOf(owned), owned)
    }
  }

  async #start(added: readonly Owned[]): Promise<void> {
    // After this all of them are known to be owned.
    await Promise.resolve()
    for (;;) {
      const mine = added.filter((owned) => this.#owned.get(keyOf(owned)) === owned)
      if (mine.length === 0 || this.#leaving.signal.aborted) return
      try {
        await this.#startAt(mine, await this.#parts.committedOf(this.#parts.group, mine.map(bare)))
        return
      } catch (error) {
        const { log, group } = this.#parts
        log.warn({ group, cause: (error as Error).message }, 'Partitions of a group cannot be read yet')
        await delay(retryMs, undefined, { signal: this.#leaving.signal }).catch(() => {})
      }
    }
  }

  async #startAt(mine: readonly Owned[], committed: readonly CommittedPosition[]): Promise<void> {
    for (const owned of mine) owned.isKnown = true
    const positions = await this.#parts.onAssigned(committed)
    const starts = positions.filter((position) => mine.includes(this.#owned.get(keyOf(position)) as Owned))
    if (starts.length === 0) return
    this.#consumer.incrementalAssign(starts.map(({ topic, partition, offset }) => ({ topic, partition, offset })))
    const started = starts.map((position) => this.#owned.get(keyOf(position)) as Owned)
    for (const owned of started) {
      owned.isStarted = true
      this.#fetched.set(keyOf(owned), bare(owned))
    }
    this.#applyPaused(
      started.filter(({ isPaused }) => isPaused),
      true,
    )
    this.#queued.set()
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
    this.#answer(() => this.#consumer.incrementalUnassign(fetched))
    await dropped
  }

  async #giveBack(going: readonly Owned[]): Promise<void> {
    const limit = delay(this.#parts.revokeLimitMs ?? 3_000, undefined, { ref: false })
    const giving = async () => {
      await Promise.all(going.map(({ starting }) => starting))
      await this.#tell(going, false)
      await this.#commits.settled(going)
    }
    await Promise.race([giving(), limit])
  }

  /** From here on nothing of them is handed on, and nothing is committed. */
  async #drop(going: readonly Owned[], wasLost: boolean): Promise<void> {
    for (const owned of going) this.#owned.delete(keyOf(owned))
    this.#commits.drop(going)
    this.#dropped.set()
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
      if (this.#consumer.isConnected()) this.#parts.log.error({ err, group: this.#parts.group }, 'A rebalance failed')
    }
  }

  #fail(error: LibrdKafkaError): void {
    if (this.#failure) return
    this.#failure = error
    this.#rebalancing = this.#rebalancing.then(() => this.#drop([...this.#owned.values()], true))
    this.#parts.onFailed(unavailable(error))
    void this.leave()
  }
}

const bare = ({ topic, partition }: GroupPartition): GroupPartition => ({ topic, partition })

const lostOf = ({ topic, partition }: GroupPartition): PartitionLost => new PartitionLost(topic, partition)

const unavailable = (cause: LibrdKafkaError): GatewayError =>
  new GatewayError('kafka-unavailable', `The group cannot be read: ${cause.message}.`, { retryAfterSeconds: 1, cause })
