// How many bytes spans take in the metadata of a commit. They are written as runs, and in one place, where that is shorter, as a map of
// two bits an offset (metadata.ts). What was leased may be acknowledged in any order, and tear runs apart; the worst case is what it can
// come to without a further lease.

import type { Span } from './span.ts'
import { varintSize } from './varint.ts'

/** The spans from `mapFrom` up to before `mapTo` are written as a map, those before and behind as runs. */
export interface Layout {
  mapFrom: number
  mapTo: number
  bytes: number
}

/** The length of a map, and the part of its last byte that is left over. */
const mapHeadBytes = 4

const countSize = (value: number): number => (value > 1 ? varintSize(value) : 0)

/** A run: its length and two bits for its value, then the value where it has no room there. */
export const runSize = ({ start, end, value }: Omit<Span, 'events'>): number =>
  varintSize((end - start) * 4) + countSize(value)

/** The most that a span can take when each of its events becomes a run of its own. What is done or was never given stays together. */
export function worstRunSize(span: Span): number {
  if (span.value <= 0) return runSize(span)
  const spare = span.end - span.start - span.events
  let size = span.events * (1 + countSize(span.value))
  // Events before a hole have longer runs; there cannot be more of them than the holes fill.
  for (let long = 0x80 / 4; long - 1 <= spare; long *= 0x80) {
    size += Math.min(span.events, Math.floor(spare / (long - 1)))
  }
  return size
}

/** The shortest way to write spans that follow one another without a gap. */
export function shortestLayout(spans: readonly Span[], sizeOf: (span: Span) => number): Layout {
  let runs = 0
  let map: Layout = { mapFrom: 0, mapTo: 0, bytes: Number.POSITIVE_INFINITY }
  let tail: Layout = map
  for (const [place, span] of spans.entries()) {
    const size = sizeOf(span)
    // Two bits do not tell more than one delivery: such spans are listed behind the map, which takes no more than a run.
    const mapped = (span.end - span.start) / 4 + (span.value > 1 ? size : 0)
    tail = tail.bytes <= map.bytes ? { ...tail, bytes: tail.bytes + size } : { ...map, bytes: map.bytes + size }
    const mapFrom = runs + mapHeadBytes < map.bytes ? place : map.mapFrom
    map = { mapFrom, mapTo: place + 1, bytes: Math.min(runs + mapHeadBytes, map.bytes) + mapped }
    runs += size
  }
  const shortest = tail.bytes < map.bytes ? tail : map
  return runs <= shortest.bytes ? { mapFrom: spans.length, mapTo: spans.length, bytes: runs } : shortest
}
