import type { TestContext } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { ConsumerGroups } from '../../../src/kafka/consumer-groups.ts'
import { GroupAdmin } from '../../../src/kafka/group-admin.ts'
import type { CommittedPosition } from '../../../src/kafka/group-assignment.ts'
import type { GroupPartition } from '../../../src/kafka/group-commits.ts'
import { GroupMember, type GroupMemberParts } from '../../../src/kafka/group-member.ts'
import { KafkaAdmin } from '../../../src/kafka/kafka-admin.ts'
import { ReaderPool } from '../../../src/kafka/reader-pool.ts'
import type { StoredRecord } from '../../../src/kafka/record.ts'
import { TopicCatalog } from '../../../src/kafka/topic-catalog.ts'
import { bootstrapServers, kafkaLog, log, settingsFor } from './room.ts'

export interface OpenGroups {
  groups: ConsumerGroups
  admin: GroupAdmin
}

type Protocol = Config['subscriptions']['groupProtocol']

export function openGroups(
  t: Pick<TestContext, 'after'>,
  bootstrap = bootstrapServers(),
  protocol: Protocol = 'classic',
): OpenGroups {
  const settings = settingsFor(bootstrap)
  const kafkaAdmin = new KafkaAdmin(settings.admin, kafkaLog)
  t.after(() => kafkaAdmin[Symbol.dispose]())
  const admin = new GroupAdmin(settings.admin, protocol)
  t.after(() => admin[Symbol.asyncDispose]())
  const topics = new TopicCatalog(kafkaAdmin)
  const rangesOf = topics.offsets.bind(topics)
  const records = new ReaderPool({ properties: settings.reader, size: 2, kafkaLog, rangesOf })
  t.after(() => records[Symbol.asyncDispose]())
  return { groups: new ConsumerGroups({ admin, topics, records }), admin }
}

export type MemberOptions = Partial<Omit<GroupMemberParts, 'onAssigned'>> & {
  groups: ConsumerGroups
  group: string
  topics: readonly string[]
  bootstrap?: string
  onAssigned?: (partitions: readonly CommittedPosition[]) => Promise<void>
}

/** What a member was given, in order. It begins where the group is, or at the beginning. */
export class TestMember {
  readonly records: StoredRecord[] = []
  readonly ends: { topic: string; partition: number; offset: number }[] = []
  readonly given: CommittedPosition[] = []
  readonly revoked: { partitions: readonly GroupPartition[]; wasLost: boolean }[] = []
  readonly failures: Error[] = []
  member!: GroupMember

  static async join(t: Pick<TestContext, 'after'>, options: MemberOptions): Promise<TestMember> {
    const { groups, bootstrap, onAssigned, onRevoked, ...parts } = options
    const test = new TestMember()
    test.member = await GroupMember.join({
      properties: settingsFor(bootstrap).member,
      clientId: 'headgate/test',
      committedOf: (group, partitions) => groups.committedOf(group, partitions),
      log,
      kafkaLog,
      onAssigned: async (partitions) => {
        test.given.push(...partitions)
        await onAssigned?.(partitions)
        return partitions.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset ?? 0 }))
      },
      onRevoked: async (partitions, wasLost) => {
        test.revoked.push({ partitions, wasLost })
        await onRevoked?.(partitions, wasLost)
      },
      onRecords: (records, ends) => {
        test.records.push(...records)
        test.ends.push(...ends)
      },
      onFailed: (error) => test.failures.push(error),
      ...parts,
    })
    t.after(() => test.member.leave())
    return test
  }

  get partitions(): number[] {
    return this.member.owned.map(({ partition }) => partition).sort((a, b) => a - b)
  }

  offsetsOf(partition: number): number[] {
    return this.records.filter((record) => record.partition === partition).map(({ offset }) => offset)
  }
}

export const upTo = (count: number, from = 0): number[] =>
  Array.from({ length: count - from }, (_, index) => from + index)
