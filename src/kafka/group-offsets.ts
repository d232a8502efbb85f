import { GatewayError } from '../errors/gateway-error.ts'
import type { GroupPosition } from './group-commits.ts'
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
} from './native-client.ts'
import { Signal } from './signal.ts'

export interface OffsetsToSet {
  properties: ClientProperties
  kafkaLog: KafkaLog
  group: string
  positions: readonly GroupPosition[]
  /** By `Date.now()`. */
  deadline: number
}

const pollMs = 100

/** Commits for a group without joining it, which Kafka allows while it has no members: false where it has some. */
export async function setGroupOffsets({ group, positions, deadline, ...parts }: OffsetsToSet): Promise<boolean> {
  if (positions.length === 0) return true
  const queued = new Signal()
  let answer: { error: LibrdKafkaError | undefined } | undefined
  const consumer = createGroupConsumer(
    { ...parts.properties, 'group.id': group },
    {
      onQueued: () => queued.set(),
      onRebalance: () => {},
      onCommitted: (error) => {
        answer = { error }
        queued.set()
      },
    },
  )
  parts.kafkaLog.follow(consumer, 'offsets')
  try {
    await connectClient(consumer, Math.max(1, deadline - Date.now()))
    consumer.commit(positions.map(({ topic, partition, offset }) => ({ topic, partition, offset })))
    while (!answer && Date.now() < deadline) await poll(consumer, queued)
  } catch (error) {
    throw unavailable((error as Error).message)
  } finally {
    void closeConsumer(consumer)
  }
  if (!answer) throw unavailable('it has not answered in time')
  if (answer.error?.code === kafkaCodes.ERR_UNKNOWN_MEMBER_ID) return false
  if (answer.error) throw unavailable(answer.error.message)
  return true
}

async function poll(consumer: AssignedConsumer, queued: Signal): Promise<void> {
  queued.clear()
  await consumeReady(consumer, 1).catch(() => [])
  await queued.wait(pollMs)
}

const unavailable = (reason: string): GatewayError =>
  new GatewayError('kafka-unavailable', `Kafka cannot set the offsets: ${reason}.`, { retryAfterSeconds: 1 })
