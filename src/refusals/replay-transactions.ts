import { formatTime } from '../json/time.ts'
import type { EncodedRecord } from '../kafka/record.ts'
import type {
  AddressedRecord,
  Transacted,
  TransactionalProducer,
  WrittenPosition,
} from '../kafka/transactional-producer.ts'
import { type Mark, markRecord } from './refusal-record.ts'
import type { ReplayOutcome } from './replay-answer.ts'

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

type Stopped = { code: 'replay-superseded' | 'kafka-unavailable' | 'outcome-unknown'; detail: string }
type Written = { outcomes: ReplayOutcome[]; stopped?: Stopped }

/**
 * Writes events, and with each of them the mark of its refusal, in one transaction. Where Kafka refuses one of several, each has
 * one of its own, so that the one is found and the others are not held up by it.
 */
export async function writeReplayed(
  producer: Pick<TransactionalProducer, 'transact' | 'isSpent'>,
  events: readonly Replayable[],
  topics: ReplayTopics,
  content: MarkContent,
): Promise<Written> {
  const addressed = events.map(({ record }): AddressedRecord => ({ topic: topics.topic, record }))
  const marksOf = (positions: readonly WrittenPosition[]) =>
    events.map(({ of }, index): AddressedRecord => {
      const { partition, offset } = positions[index] as WrittenPosition
      return { topic: topics.log, record: markRecord({ of, state: 'replayed', ...content, partition, offset }) }
    })
  const transacted = await producer.transact(addressed, marksOf)
  if (transacted.status === 'committed') return { outcomes: replayed(events, transacted.positions) }
  if (transacted.status === 'unknown') return unknown(events, transacted.reason)
  if (transacted.isSuperseded) return { outcomes: [], stopped: superseded() }
  if (producer.isSpent) return { outcomes: [], stopped: { code: 'kafka-unavailable', detail: notWritten(transacted) } }
  if (events.length > 1) return writeEach(producer, events, topics, content)
  const detail = `Kafka did not write the event: ${transacted.reason}.`
  return { outcomes: events.map(({ id }) => ({ id, outcome: 'failed', code: 'kafka-rejected', detail })) }
}

async function writeEach(...[producer, events, topics, content]: Parameters<typeof writeReplayed>): Promise<Written> {
  const outcomes: ReplayOutcome[] = []
  for (const event of events) {
    const one = await writeReplayed(producer, [event], topics, content)
    outcomes.push(...one.outcomes)
    if (one.stopped) return { outcomes, stopped: one.stopped }
  }
  return { outcomes }
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

const notWritten = ({ reason }: Extract<Transacted, { reason: string }>): string =>
  `Kafka cannot write now: ${reason}. Nothing of this part was written.`
