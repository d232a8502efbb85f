import { setTimeout as delay } from 'node:timers/promises'
import {
  Admin,
  consumerGroupDescribeV0,
  FindCoordinatorKeyTypes,
  type Group,
  kGetConnection,
} from '@platformatic/kafka'
import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { GroupPartition, GroupPosition } from './group-commits.ts'
import { type ClientProperties, kafkaCodes } from './native-client.ts'
import { adminOptions } from './topic-limits.ts'

export interface GroupOwner {
  memberId: string
  clientId: string
  /** As Kafka sees it. */
  host: string
  /** None while a classic group is rebalancing. */
  partitions: readonly GroupPartition[]
}

export interface DescribedGroup {
  /** In Kafka's words: `Stable`, `Empty`, `Dead` (there is no such group), and the steps of a rebalance. */
  state: string
  members: readonly GroupOwner[]
}

export interface GroupOffset extends GroupPosition {
  metadata: string
}

const limitMs = 5_000
const retryMs = 100

/**
 * What is asked about groups, by the client that is pure JavaScript: the native one crashes the process where the broker refuses
 * such a question, or is late. Every call ends within the limit, as `kafka-unavailable` at the latest.
 */
export class GroupAdmin implements AsyncDisposable {
  readonly #options: ReturnType<typeof adminOptions>
  readonly #protocol: Config['subscriptions']['groupProtocol']
  #admin: Admin | undefined

  /** @param properties the admin client's, as librdkafka names them. */
  constructor(properties: ClientProperties, protocol: Config['subscriptions']['groupProtocol']) {
    this.#options = adminOptions(properties)
    this.#protocol = protocol
  }

  async describe(group: string): Promise<DescribedGroup> {
    const groups = await this.#call((admin) => admin.describeGroups({ groups: [group] }))
    const found = groups.get(group)
    // A group of the newer kind (KIP-848) is not there for the older question.
    const isNewer = this.#protocol === 'consumer' && (!found || isDead(found))
    const newer = isNewer ? await this.#describeNewer(group) : undefined
    return newer ?? { state: found?.state ?? 'Dead', members: found ? classicOwners(found) : [] }
  }

  /** What the group committed, of all partitions that it committed. */
  async offsets(group: string): Promise<GroupOffset[]> {
    const [found] = await this.#call((admin) => admin.listConsumerGroupOffsets({ groups: [group] }))
    return (found?.topics ?? []).flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, metadata }) => ({
        topic: name,
        partition: partitionIndex,
        offset: Number(committedOffset),
        // The native client ends with a zero what it commits.
        metadata: (metadata ?? '').replace(/\0$/, ''),
      })),
    )
  }

  /** False: it has members. */
  async setOffsets(group: string, positions: readonly GroupPosition[]): Promise<boolean> {
    const byTopic = Map.groupBy(positions, ({ topic }) => topic)
    const topics = [...byTopic].map(([name, ofTopic]) => ({
      name,
      partitionOffsets: ofTopic.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
    }))
    const refused = await this.#refusal((admin) => admin.alterConsumerGroupOffsets({ groupId: group, topics }))
    if (refused === undefined) return true
    if (refused === kafkaCodes.ERR_UNKNOWN_MEMBER_ID) return false
    throw unavailable(`it refused with code ${refused}`)
  }

  /** False: it has members. A group that is not there is as good as deleted. */
  async delete(group: string): Promise<boolean> {
    const refused = await this.#refusal((admin) => admin.deleteGroups({ groups: [group] }))
    if (refused === undefined || refused === kafkaCodes.ERR_GROUP_ID_NOT_FOUND) return true
    if (refused === kafkaCodes.ERR_NON_EMPTY_GROUP) return false
    throw unavailable(`it refused with code ${refused}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin?.close().catch(() => {})
  }

  async #describeNewer(group: string): Promise<DescribedGroup | undefined> {
    const answer = await this.#call(async (admin) => {
      const [coordinator] = await admin.findCoordinator({ keyType: FindCoordinatorKeyTypes.GROUP, keys: [group] })
      if (!coordinator) throw new Error('nobody coordinates the group')
      const connection = await new Promise<Connection>((resolve, reject) => {
        admin[kGetConnection](coordinator, (error, found) => (error ? reject(error) : resolve(found as Connection)))
      })
      return await consumerGroupDescribeV0.api.async(connection, [group], false).catch((error) => {
        if (codeOf(error) === kafkaCodes.ERR_GROUP_ID_NOT_FOUND) return undefined
        throw error
      })
    })
    const [found] = answer?.groups ?? []
    return found && { state: found.groupState, members: found.members.map(newerOwner) }
  }

  /** The code with which the broker refused. */
  async #refusal(call: (admin: Admin) => Promise<unknown>): Promise<number | undefined> {
    return await this.#call(async (admin) => {
      try {
        await call(admin)
        return undefined
      } catch (error) {
        const code = codeOf(error)
        if (code === undefined || isPassing(code)) throw error
        return code
      }
    })
  }

  async #call<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    if (!this.#options) throw unavailable('groups cannot be described with these `kafka.properties`')
    this.#admin ??= new Admin(this.#options)
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('it has not answered in time')), limitMs)
    try {
      return await Promise.race([settled(this.#admin, call, Date.now() + limitMs), late.promise])
    } catch (error) {
      throw unavailable(causeOf(error))
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Who coordinates a group is not known for a moment: after a broker went, or while nobody has ever had a group. */
const isPassing = (code: number | undefined): boolean =>
  code === kafkaCodes.ERR_COORDINATOR_LOAD_IN_PROGRESS ||
  code === kafkaCodes.ERR_COORDINATOR_NOT_AVAILABLE ||
  code === kafkaCodes.ERR_NOT_COORDINATOR

async function settled<T>(admin: Admin, call: (admin: Admin) => Promise<T>, deadline: number): Promise<T> {
  for (;;) {
    try {
      return await call(admin)
    } catch (error) {
      if (!isPassing(codeOf(error)) || Date.now() >= deadline) throw error
      await delay(retryMs)
    }
  }
}

type Connection = Parameters<typeof consumerGroupDescribeV0.api.async>[0]
type NewerMember = Awaited<ReturnType<typeof consumerGroupDescribeV0.api.async>>['groups'][number]['members'][number]

const isDead = ({ state }: Group): boolean => /^dead$/i.test(state)

const withoutSlash = (host: string): string => host.replace(/^\//, '')

function classicOwners({ members }: Group): GroupOwner[] {
  return [...members.values()].map(({ id, clientId, clientHost, assignments }) => ({
    memberId: id,
    clientId,
    host: withoutSlash(clientHost),
    partitions: [...(assignments?.values() ?? [])].flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
  }))
}

const newerOwner = ({ memberId, clientId, clientHost, assignment }: NewerMember): GroupOwner => ({
  memberId,
  clientId,
  host: withoutSlash(clientHost),
  partitions: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ topic: topicName, partition })),
  ),
})

/** Kafka's own code, which this client wraps in errors of errors. */
function codeOf(error: unknown): number | undefined {
  const { apiCode, errors = [] } = error as { apiCode?: number; errors?: readonly unknown[] }
  return apiCode ?? errors.map(codeOf).find((code) => code !== undefined)
}

function causeOf(error: unknown): string {
  const { errors: [first] = [], message } = error as { errors?: readonly unknown[]; message: string }
  return first === undefined ? message : causeOf(first)
}

const unavailable = (reason: string): GatewayError =>
  new GatewayError('kafka-unavailable', `Kafka cannot be asked about a group: ${reason}.`, { retryAfterSeconds: 1 })
