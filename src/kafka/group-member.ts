import { setTimeout as delay } from 'node:timers/promises'
import type { Message } from '@confluentinc/kafka-javascript'
import { GatewayError } from '../errors/gateway-error.ts'
import { PartitionLost } from '../errors/partition-lost.ts'
import { type AssignmentParts, GroupAssignment } from './group-assignment.ts'
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

export interface GroupMemberParts extends AssignmentParts {
  properties: ClientProperties
  topics: readonly string[]
  clientId: string
  kafkaLog: KafkaLog
  /** In the order of each partition; and then how far partitions have been read beyond them. */
  onRecords: (records: readonly StoredRecord[], ends: readonly GroupPosition[]) => void
  /** The member is over: it has lost what it had, and another one has to join. */
  onFailed: (error: Error) => void
  commitLimitMs?: number
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

/** A member of an ordinary consumer group, with cooperative rebalances. */
export class GroupMember {
  readonly #parts: GroupMemberParts
  readonly #consumer: AssignedConsumer
  readonly #assignment: GroupAssignment
  readonly #commits: GroupCommits
  readonly #queued = new Signal()
  readonly #changed = new Signal()
  readonly #leaving = new AbortController()
  #seeks: Seek[] = []
  readonly #resumed = new Map<string, GroupPartition>()
  #ends: GroupPosition[] = []
  #running: Promise<void> = Promise.resolve()
  #left: Promise<void> | undefined
  #fatal: string | undefined
  #hasFailed = false
  #isClosing = false

  private constructor(parts: GroupMemberParts) {
    this.#parts = parts
    const properties = { ...parts.properties, 'group.id': parts.group, 'client.id': parts.clientId }
    this.#commits = new GroupCommits({
      send: (positions) => this.#consumer.commit(positions),
      owns: (partition) => this.#assignment.owns(partition),
      limitMs: parts.commitLimitMs ?? 10_000,
    })
    this.#consumer = createGroupConsumer(properties, {
      onQueued: () => this.#queued.set(),
      onCommitted: (error, positions) => this.#commits.answered(error, positions),
      onRebalance: (isAssignment, partitions) => {
        const wasLost = !isAssignment && !this.#isClosing && this.#consumer.assignmentLost()
        this.#assignment.rebalance(isAssignment, partitions, wasLost)
      },
    })
    this.#assignment = new GroupAssignment(parts, {
      consumer: this.#consumer,
      commits: this.#commits,
      seek: (position) => this.seek(position),
      leaving: this.#leaving.signal,
      onChange: () => {
        this.#queued.set()
        this.#changed.set()
      },
    })
    this.#consumer.on('partition.eof', (end) => this.#ends.push(end as GroupPosition))
    // What was fatal is said in the log only.
    this.#consumer.on('event.log', ({ fac, message }: { fac: string; message: string }) => {
      if (fac === 'FATAL') this.#fatal = message.replace(/^\[.*?\]: /, '')
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
    return this.#assignment.partitions
  }

  /** Settles by what Kafka said: see {@link GroupCommits.add}. Any number may wait at once. */
  commit(position: GroupCommit): Promise<void> {
    return this.#commits.add(position)
  }

  /** Fetches nothing of them until `resume`; what is on its way already, at most one batch, still comes. */
  pause(partitions: readonly GroupPartition[]): void {
    for (const partition of partitions) this.#resumed.delete(keyOf(partition))
    this.#assignment.setPaused(partitions, true)
  }

  resume(partitions: readonly GroupPartition[]): void {
    for (const partition of partitions) this.#resumed.set(keyOf(partition), partition)
    this.#queued.set()
  }

  /**
   * Once it resolves, what comes of the partition begins at the offset; what came before must be forgotten. Rejects with
   * {@link PartitionLost}.
   */
  seek(position: GroupPosition): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (this.#leaving.signal.aborted) reject(lostOf(position))
    else this.#seeks.push({ position, resolve, reject })
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
    if (!this.#assignment.isEmpty && !this.#hasFailed) this.#consumer.unsubscribe()
    while (!this.#assignment.isEmpty && !this.#hasFailed && Date.now() < deadline) {
      this.#changed.clear()
      await this.#changed.wait(deadline - Date.now())
    }
    this.#leaving.abort()
    await this.#running
    await this.#assignment.abandon()
    this.#isClosing = true
    await Promise.race([closeConsumer(this.#consumer), delay(leaveLimitMs, undefined, { ref: false })])
  }

  // Seeking, resuming, consuming and handing on come one after the other: nothing that was fetched before a seek is handed on after it.
  async #run(): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      this.#queued.clear()
      await this.#applySeeks()
      await this.#applyResumes()
      const messages = await this.#consume()
      this.#hand(messages, this.#ends.splice(0))
      if (messages.length === 0) await this.#queued.wait(houseKeepingMs, this.#leaving.signal)
    }
    for (const { position, reject } of this.#seeks.splice(0)) reject(lostOf(position))
  }

  async #applySeeks(): Promise<void> {
    for (const seek of this.#seeks.splice(0)) {
      const { position, resolve, reject } = seek
      if (!this.#assignment.owns(position)) reject(lostOf(position))
      else if (!this.#assignment.isFetched(position)) this.#seeks.push(seek)
      else {
        const moved = () => {
          this.#assignment.moveTo(position)
          resolve()
        }
        await seekConsumer(this.#consumer, position, seekLimitMs).then(moved, (error) => reject(unavailable(error)))
      }
    }
  }

  // What is resumed the client fetches when next it looks, which where all was paused is up to a second later. A seek, though it
  // is to where the client is, makes it look.
  async #applyResumes(): Promise<void> {
    if (this.#resumed.size === 0) return
    const resumed = this.#assignment.setPaused([...this.#resumed.values()], false)
    this.#resumed.clear()
    await Promise.allSettled(resumed.map((position) => seekConsumer(this.#consumer, position, seekLimitMs)))
  }

  async #consume(): Promise<Message[]> {
    try {
      return await consumeReady(this.#consumer, batchRecords)
    } catch (error) {
      const { code, message } = error as LibrdKafkaError
      this.#parts.log.debug({ group: this.#parts.group, cause: message }, 'A group cannot be read')
      if (code === kafkaCodes.ERR__FATAL) this.#fail(message)
      return []
    }
  }

  #hand(messages: readonly Message[], ends: readonly GroupPosition[]): void {
    // The client has them apart from the records between which they came: only what is before all of these goes back.
    const known = ends.filter((end) => this.#assignment.arrived(end))
    const records: StoredRecord[] = []
    for (const message of messages) {
      const { topic, partition, offset } = message
      if (!this.#assignment.arrived(message)) continue
      records.push(toStoredRecord(message))
      this.#assignment.moveTo({ topic, partition, offset: offset + 1 })
    }
    const reached = known.filter((end) => this.#assignment.isNext(end))
    if (records.length === 0 && reached.length === 0) return
    try {
      this.#parts.onRecords(records, reached)
    } catch (err) {
      this.#parts.log.error({ err, group: this.#parts.group }, 'What reads a group failed')
    }
  }

  #fail(message: string): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    void this.leave()
    this.#parts.onFailed(unavailable({ message: this.#fatal ?? message }))
  }
}

const lostOf = ({ topic, partition }: GroupPartition): PartitionLost => new PartitionLost(topic, partition)

const unavailable = (cause: Pick<LibrdKafkaError, 'message'>): GatewayError =>
  new GatewayError('kafka-unavailable', `The group cannot be read: ${cause.message}.`, { retryAfterSeconds: 1, cause })
