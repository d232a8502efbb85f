import { GatewayError } from '../errors/gateway-error.ts'
import { PartitionLost } from '../errors/partition-lost.ts'
import { kafkaCodes, type LibrdKafkaError } from './native-client.ts'

export interface GroupPartition {
  topic: string
  partition: number
}

export interface GroupPosition extends GroupPartition {
  offset: number
}

export interface GroupCommit extends GroupPosition {
  metadata: string
}

interface Waiter {
  resolve: () => void
  reject: (error: Error) => void
  timer?: NodeJS.Timeout
}

interface Entry {
  position: GroupCommit
  waiters: Waiter[]
  isDropped: boolean
}

export interface CommitParts {
  /** Hands the positions to the client; its answer comes to {@link GroupCommits.answered}. */
  send: (positions: GroupCommit[]) => void
  owns: (partition: GroupPartition) => boolean
  limitMs: number
}

/** Kafka's bound (`offset.metadata.max.bytes`) is 4,096; the client adds a zero at the end. */
const mostMetadataBytes = 4_095
const retryMs = 100
/** The member is still the owner, or Kafka will say that it is not. */
const passing: ReadonlySet<number> = new Set([
  kafkaCodes.ERR_REBALANCE_IN_PROGRESS,
  kafkaCodes.ERR_ILLEGAL_GENERATION,
  kafkaCodes.ERR_STALE_MEMBER_EPOCH,
  kafkaCodes.ERR_COORDINATOR_LOAD_IN_PROGRESS,
  kafkaCodes.ERR_COORDINATOR_NOT_AVAILABLE,
  kafkaCodes.ERR_NOT_COORDINATOR,
  kafkaCodes.ERR_REQUEST_TIMED_OUT,
  kafkaCodes.ERR__WAIT_COORD,
  kafkaCodes.ERR__TRANSPORT,
  kafkaCodes.ERR__TIMED_OUT,
])
const lost: ReadonlySet<number> = new Set([
  kafkaCodes.ERR_UNKNOWN_MEMBER_ID,
  kafkaCodes.ERR_FENCED_MEMBER_EPOCH,
  kafkaCodes.ERR_FENCED_INSTANCE_ID,
  kafkaCodes.ERR__ASSIGNMENT_LOST,
  kafkaCodes.ERR__FATAL,
])

export const keyOf = ({ topic, partition }: GroupPartition): string => `${topic}/${partition}`

/**
 * The commits of one member. One request is under way at a time; meanwhile the next one gathers: of each partition the last
 * position counts, and answers all who waited. A classic group lets any member commit any partition: only what is owned is sent.
 */
export class GroupCommits {
  readonly #parts: CommitParts
  readonly #gathered = new Map<string, Entry>()
  /** In the order sent: the first is under way, others are what was given up and is still to be answered. */
  #sent: Entry[][] = []
  #isUnderWay = false
  #alone: Entry[] = []
  #retry: NodeJS.Timeout | undefined

  constructor(parts: CommitParts) {
    this.#parts = parts
  }

  /**
   * Resolves when Kafka has taken it, or a later one of the partition. Rejects with {@link PartitionLost}, and with
   * `kafka-unavailable` where Kafka refused it or was silent: then it may have been taken.
   */
  add(position: GroupCommit): Promise<void> {
    if (!this.#parts.owns(position)) return Promise.reject(new PartitionLost(position.topic, position.partition))
    if (Buffer.byteLength(position.metadata) > mostMetadataBytes) {
      return Promise.reject(new RangeError(`metadata of a commit has at most ${mostMetadataBytes} bytes`))
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(
      () => reject(unavailable('has not confirmed the commit in time', undefined)),
      this.#parts.limitMs,
    )
    this.#gather({ position, waiters: [{ resolve, reject, timer }], isDropped: false }, true)
    this.#send()
    return promise
  }

  /** The client's answer to what was sent. */
  answered(error: LibrdKafkaError | undefined, positions: readonly GroupPosition[]): void {
    const index = this.#sent.findIndex((batch) => isOf(batch, positions))
    const [batch] = index < 0 ? [] : this.#sent.splice(index, 1)
    if (!batch) return
    const isUnderWay = index === this.#sent.length && this.#isUnderWay
    if (isUnderWay) this.#isUnderWay = false
    if (!error) for (const entry of batch) settle(entry)
    else if (isUnderWay) this.#failed(batch, error)
    this.#send()
  }

  /** Those of partitions that are owned no more. */
  drop(partitions: readonly GroupPartition[]): void {
    const keys = new Set(partitions.map(keyOf))
    const underWay = this.#isUnderWay ? (this.#sent.at(-1) ?? []) : []
    for (const entry of [...this.#gathered.values(), ...this.#alone, ...underWay]) {
      if (!keys.has(keyOf(entry.position))) continue
      entry.isDropped = true
      settle(entry, lostOf(entry))
      if (this.#gathered.get(keyOf(entry.position)) === entry) this.#gathered.delete(keyOf(entry.position))
    }
    this.#alone = this.#alone.filter(({ isDropped }) => !isDropped)
    // Its answer may take as long as the connection does, and nobody waits for it: the others go on without it.
    if (underWay.every(({ isDropped }) => isDropped)) this.#isUnderWay = false
    this.#send()
  }

  /** Resolves, never rejects, when nothing of the partitions is to be answered. */
  async settled(partitions: readonly GroupPartition[]): Promise<void> {
    const keys = new Set(partitions.map(keyOf))
    const entries = [...this.#gathered.values(), ...this.#alone, ...this.#sent.flat()]
    const waiting = entries.filter(({ position }) => keys.has(keyOf(position))).map(settlingOf)
    await Promise.all(waiting)
  }

  #gather(entry: Entry, isLater: boolean): void {
    const key = keyOf(entry.position)
    const gathered = this.#gathered.get(key)
    if (!gathered) this.#gathered.set(key, entry)
    else {
      gathered.waiters.push(...entry.waiters)
      if (isLater) gathered.position = entry.position
    }
  }

  #send(): void {
    if (this.#isUnderWay || this.#retry) return
    const one = this.#alone.shift()
    const batch = one ? [one] : [...this.#gathered.values()]
    if (batch.length === 0) return
    if (!one) this.#gathered.clear()
    this.#sent.push(batch)
    this.#isUnderWay = true
    try {
      this.#parts.send(batch.map(({ position }) => position))
    } catch (error) {
      this.#sent.pop()
      this.#isUnderWay = false
      this.#failed(batch, error as LibrdKafkaError)
    }
  }

  #failed(sent: readonly Entry[], error: LibrdKafkaError): void {
    const batch = sent.filter(({ isDropped }) => !isDropped)
    if (lost.has(error.code)) for (const entry of batch) settle(entry, lostOf(entry))
    else if (passing.has(error.code)) {
      for (const entry of batch) this.#gather(entry, false)
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.#send()
      }, retryMs)
    } else if (sent.length > 1) this.#alone.push(...batch)
    else for (const entry of batch) settle(entry, unavailable(`has refused the commit: ${error.message}`, error))
  }
}

function isOf(batch: readonly Entry[], positions: readonly GroupPosition[]): boolean {
  if (batch.length !== positions.length) return false
  const offsets = new Map(positions.map((position) => [keyOf(position), position.offset]))
  return batch.every(({ position }) => offsets.get(keyOf(position)) === position.offset)
}

function settle({ waiters }: Entry, error?: Error): void {
  for (const { resolve, reject, timer } of waiters.splice(0)) {
    clearTimeout(timer)
    if (error) reject(error)
    else resolve()
  }
}

function settlingOf(entry: Entry): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  entry.waiters.push({ resolve, reject: () => resolve() })
  return promise
}

const lostOf = ({ position }: Entry): PartitionLost => new PartitionLost(position.topic, position.partition)

const unavailable = (what: string, cause: LibrdKafkaError | undefined): GatewayError =>
  new GatewayError('kafka-unavailable', `Kafka ${what}.`, { retryAfterSeconds: 1, cause })
