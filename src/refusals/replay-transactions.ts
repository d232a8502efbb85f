import { GatewayError } from '../errors/gateway-error.ts'
import { formatTime } from '../json/time.ts'
import type { EncodedRecord } from '../kafka/record.ts'
import type { AddressedRecord, TransactionalProducer, WrittenPosition } from '../kafka/transactional-producer.ts'
import { type Mark, markRecord } from './refusal-record.ts'
import type { ReplayedMany, ReplayOutcome } from './replay-answer.ts'

/** An event that was judged valid, and the refusal that it was. */
export interface Replayable {
  id: string
  of: number
  record: EncodedRecord
}

export interface ReplayTopics {
  /** Where the events go. */
  topic: string
  /** Where their marks go. */
  log: string
}

export type MarkContent = Pick<Mark, 'by' | 'requestId' | 'patched'>

type Stopped = NonNullable<ReplayedMany['stopped']>
type Written = { outcomes: ReplayOutcome[]; stopped?: Stopped }

/** The right to settle refusals of a topic, which nobody else has at the same time. */
export interface Settling {
  transact: TransactionalProducer['transact']
  /** Takes the right anew, after a transaction that was not committed, and reads what others have settled meanwhile. Rejects with a GatewayError. */
  renew: () => Promise<void>
  isOpen: (offset: number) => boolean
  /** It is replayed. */
  settled: (offset: number) => void
}

/**
 * Writes events, and with each of them the mark of its refusal, in one transaction. Where Kafka takes it not, each half has one of
 * its own, and so on: what Kafka refuses is found, and its neighbours are not held up by it.
 */
export async function writeReplayed(
  settling: Settling,
  events: readonly Replayable[],
  topics: ReplayTopics,
  content: MarkContent,
): Promise<Written> {
  const open = events.filter(({ of }) => settling.isOpen(of))
  if (open.length === 0) return { outcomes: [] }
  const addressed = open.map(({ record }): AddressedRecord => ({ topic: topics.topic, record }))
  const marksOf = (positions: readonly WrittenPosition[]) =>
    open.map(({ of }, index): AddressedRecord => {
      const { partition, offset } = positions[index] as WrittenPosition
      return { topic: topics.log, record: markRecord({ of, state: 'replayed', ...content, partition, offset }) }
    })
  const transacted = await settling.transact(addressed, marksOf)
  if (transacted.status === 'committed') {
    for (const { of } of open) settling.settled(of)
    return { outcomes: replayed(open, transacted.positions) }
  }
  if (transacted.status === 'unknown') return unknown(open, transacted.reason)
  if (transacted.isSuperseded) return { outcomes: [], stopped: superseded() }
  const stopped = await renewalFault(settling)
  if (stopped) return { outcomes: [], stopped }
  if (open.length > 1) return writeHalves(settling, open, topics, content)
  const detail = `Kafka did not write the event: ${transacted.reason}.`
  return { outcomes: open.map(({ id }) => ({ id, outcome: 'failed', code: 'kafka-rejected', detail })) }
}

async function renewalFault({ renew }: Settling): Promise<Stopped | undefined> {
  try {
    await renew()
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, detail: error.message }
    throw error
  }
}

async function writeHalves(...[settling, events, topics, content]: Parameters<typeof writeReplayed>): Promise<Written> {
  const middle = events.length >> 1
  const first = await writeReplayed(settling, events.slice(0, middle), topics, content)
  if (first.stopped) return first
  const second = await writeReplayed(settling, events.slice(middle), topics, content)
  return { ...second, outcomes: [...first.outcomes, ...second.outcomes] }
}

const replayed = (events: readonly Replayable[], positions: readonly WrittenPosition[]): ReplayOutcome[] =>
  events.map(({ id, record }, index) => {
    const { partition, offset } = positions[index] as WrittenPosition
    return { id, outcome: 'replayed', partition, offset, timestamp: formatTime(record.timestamp) }
  })

function unknown(events: readonly Replayable[], reason: string): Written {
  const detail = `Kafka's answer leaves open whether it was replayed: ${reason}. Replay it again: that writes nothing twice.`
  return {
    outcomes: events.map(({ id }) => ({ id, outcome: 'unknown', detail })),
    stopped: { code: 'outcome-unknown', detail },
  }
}

export const superseded = (): Stopped => ({
  code: 'replay-superseded',
  detail: 'Another replay or discard of refusals of this topic has begun, and took the place of this one.',
})
