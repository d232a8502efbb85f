import type { SlowReaderRule } from '../src/contracts/contract.ts'
import { LineProcess } from './line-process.ts'
import type { ProducedOrders } from './produce-orders.ts'
import type { Rig } from './rig.ts'
import { type StreamFigures, type StreamLoad, StreamRun, streamPath } from './stream-run.ts'

export interface SlowReaderReport {
  rule: SlowReaderRule
  good: number
  stalled: number
  /** The good readers alone. */
  without: StreamFigures
  /** The same readers, right after, beside the stalled ones. */
  beside: StreamFigures
  p99Ratio: number
  /** What the gateway has grown by under load, the stalled readers being connected before. */
  growthMiB: number
  /** Stalled readers who got what their rule says. */
  treated: number
  /** The first of what others got. */
  faults: string[]
}

/** What a stalled reader got, once it read everything that was there for it. */
interface StalledReader {
  events: number
  inGaps: number
  /** Offsets that nothing was said about. */
  missing: number
  repeated: number
  closing: string | null
  newest: Record<string, string>
}

export const slowReaderRules = ['disconnect', 'drop-oldest', 'conflate'] as const satisfies readonly SlowReaderRule[]

const shownFaults = 3

/** What readers of 1 KiB a second do to others, and what becomes of them. The gateway's contracts hold `slowReaders` of the topic. */
export async function compareSlowReaders(
  { gateway }: Rig,
  rule: SlowReaderRule,
  load: StreamLoad,
  stalled: number,
): Promise<SlowReaderReport> {
  await gateway.part.restart()
  await using run = await StreamRun.open(gateway, load)
  const { figures: without } = await run.measure()
  await using slow = new LineProcess('stalled-readers.py')
  const { port, headers } = gateway
  await slow.ask({ do: 'open', port, headers, path: streamPath(load.topic), readers: stalled })
  const { figures: beside, produced } = await run.measure()
  const { readers } = await slow.ask<{ readers: StalledReader[] }>({ do: 'recover' })
  const faults = readers.flatMap((reader) => (isTreated(rule, reader, produced) ? [] : [describe(reader)]))
  return {
    rule,
    good: load.readers,
    stalled,
    without,
    beside,
    p99Ratio: beside.p99Ms / without.p99Ms,
    growthMiB: beside.mostMiB - beside.idleMiB,
    treated: readers.length - faults.length,
    faults: faults.slice(0, shownFaults),
  }
}

function isTreated(
  rule: SlowReaderRule,
  reader: StalledReader,
  { events: published, newest }: ProducedOrders,
): boolean {
  const { events, inGaps, missing, repeated, closing } = reader
  if (repeated > 0) return false
  switch (rule) {
    case 'disconnect':
      return closing === 'reader-too-slow' && missing === 0 && inGaps === 0 && events < published
    case 'drop-oldest':
      return closing === null && missing === 0 && inGaps > 0 && events + inGaps === published
    case 'conflate':
      return closing === null && inGaps === 0 && missing > 0 && hasNewest(reader, newest)
  }
}

const hasNewest = (reader: StalledReader, newest: ProducedOrders['newest']): boolean =>
  Object.entries(newest).every(([key, id]) => reader.newest[key] === id)

const describe = ({ newest, ...counts }: StalledReader): string =>
  JSON.stringify({ ...counts, keys: Object.keys(newest).length })
